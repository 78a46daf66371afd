package dev.poro.engine;

import dev.poro.command.StoreCommands;

/** Does what nothing of the engine may: it depends on its users. */
public final class PlantedArrowOfTheEngine {
    String usage() {
        return StoreCommands.GET.usage();
    }
}
