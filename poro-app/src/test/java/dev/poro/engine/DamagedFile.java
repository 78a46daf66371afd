package dev.poro.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Damage to a file. */
public final class DamagedFile {
    private DamagedFile() {}

    /** Turns the lowest bit of one byte round. */
    public static void flip(Path file, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[offset] ^= 1;
        Files.write(file, bytes);
    }
}
