package dev.poro.engine;

import java.nio.file.Path;

/** A program that embeds a store and has nothing else to say: on standard output, the value that it has stored. */
final class EmbeddingMain {
    private EmbeddingMain() {}

    /** @param arguments a path for the store, and one for a backup of it */
    public static void main(String[] arguments) {
        try (Poro poro = Poro.open(Path.of(arguments[0]))) {
            poro.set("key", "value");
            poro.snapshot();
            poro.backup(Path.of(arguments[1]));
            System.out.println(poro.get("key"));
        }
    }
}
