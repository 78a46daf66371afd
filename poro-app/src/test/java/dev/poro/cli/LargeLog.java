package dev.poro.cli;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import java.nio.file.Path;

/** A log of several segments, at which a tool is busy for long enough to be killed on the way. */
final class LargeLog {
    private static final int REPETITIONS = 20_000;

    private LargeLog() {}

    /** Writes one of so many keys, with values of 20 to 60 KB. */
    static void write(Path log, int keys) {
        try (Poro poro = Poro.at(log)
                .sync(SyncPolicy.OS)
                .memory(256 << 20)
                .segmentLength(1 << 20)
                .open()) {
            for (int i = 0; i < keys; i++) {
                poro.set("key-" + i, String.valueOf(i).repeat(REPETITIONS));
            }
        }
    }
}
