package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.SyncPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a store takes comes back when it is closed, the host program going on. */
@Tag("R39")
class MemoryComesBackTest {
    private static final int VALUES = 100;
    private static final int VALUE_LENGTH = 1 << 20;
    private static final int OPENINGS = 10;
    private static final long STORE_LENGTH = (long) VALUES * VALUE_LENGTH;

    @TempDir
    Path directory;

    /** Nothing here makes the collector run, which would hide that the memory is still there. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void staysTheSameHoweverOftenAStoreIsOpened() throws IOException {
        try (Poro poro = open()) {
            for (int number = 0; number < VALUES; number++) {
                poro.set(key(number), new byte[VALUE_LENGTH]);
            }
            poro.snapshot();
        }
        byte[] target = new byte[VALUE_LENGTH];
        long before = residentBytes();
        for (int opening = 0; opening < OPENINGS; opening++) {
            try (Poro poro = open()) {
                assertThat(poro.get(key(opening), target, 0)).isEqualTo(VALUE_LENGTH);
            }
        }
        assertThat(residentBytes() - before).isLessThan(3 * STORE_LENGTH);
    }

    private Poro open() {
        return Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.OS)
                .memory(2 * STORE_LENGTH)
                .open();
    }

    private static byte[] key(int number) {
        return new byte[] {(byte) number};
    }

    /** The second figure of statm, in pages. */
    private static long residentBytes() throws IOException {
        String[] figures = Files.readString(Path.of("/proc/self/statm")).split(" ", 3);
        return Long.parseLong(figures[1]) * 4096;
    }
}
