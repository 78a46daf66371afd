package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever sets the same keys again and again needs no more space than two snapshots and the log behind the older.
 *
 * @see LogReport
 */
@Tag("R22")
class BoundedLogTest {
    private static final int KEYS = 500;
    private static final int ROUNDS = 400;
    private static final int ROUNDS_A_SNAPSHOT = 20;
    private static final int SEGMENT_LENGTH = 128 << 10;

    @TempDir
    private Path directory;

    @Test
    void theLogSettlesAtAConstantLength() throws IOException {
        Path log = directory.resolve("poro.wal");
        long longestInFirstQuarter = 0;
        long longestLater = 0;
        try (Poro poro = open(log)) {
            for (int round = 0; round < ROUNDS; round++) {
                setAll(poro, round);
                if (round < ROUNDS / 4) {
                    longestInFirstQuarter = Math.max(longestInFirstQuarter, bytesOf(log));
                } else {
                    longestLater = Math.max(longestLater, bytesOf(log));
                }
                if (round % ROUNDS_A_SNAPSHOT == 0) {
                    poro.snapshot();
                }
            }
            LogReport status = poro.log();
            assertThat(status.snapshotProblem()).isNull();
            assertThat(status.firstSequence())
                    .isBetween(status.lastSequence() - 3L * ROUNDS_A_SNAPSHOT * KEYS, status.lastSequence());
        }
        assertThat(longestLater).isLessThanOrEqualTo(longestInFirstQuarter + 3 * SEGMENT_LENGTH);
        try (Poro poro = open(log)) {
            assertThat(poro.opening().snapshot()).isNotNull();
            assertThat(poro.keys()).isEqualTo(KEYS);
            assertThat(poro.get("key-0")).isEqualTo(value(ROUNDS - 1));
        }
    }

    private static void setAll(Poro poro, int round) {
        long ticket = 0;
        for (int key = 0; key < KEYS; key++) {
            ticket = poro.setAsync(StoreContract.bytes("key-" + key), StoreContract.bytes(value(round)));
        }
        poro.await(ticket);
    }

    private static String value(int round) {
        return "a value of some sixty bytes or more, which is set again: " + round;
    }

    private static long bytesOf(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            List<Path> names = files.toList();
            long bytes = 0;
            for (Path name : names) {
                bytes += name.toFile().length();
            }
            return bytes;
        }
    }

    private static Poro open(Path log) {
        return Poro.at(log)
                .sync(SyncPolicy.OS)
                .memory(4 << 20)
                .segmentLength(SEGMENT_LENGTH)
                .snapshotAfter(Long.MAX_VALUE)
                .threading(Threading.CALLER)
                .open();
    }
}
