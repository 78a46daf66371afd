package dev.poro.command;

import dev.poro.cli.MemorySize;
import picocli.CommandLine.ITypeConverter;

/** Does what no command may: it depends on the prompt and on what only that needs. */
public final class PlantedArrowOfACommand {
    ITypeConverter<Long> memorySize() {
        return new MemorySize();
    }
}
