package dev.poro.engine;

import static dev.poro.engine.StoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Thousands of virtual threads on a small ring with marks all the time: far more than there are slots, waiters and
 * processors. Each of them ends.
 */
@Tag("R33")
@Timeout(300)
class VirtualThreadsTest {
    private static final int THREADS = 2_000;
    private static final int ROUNDS = 2;

    @TempDir
    Path directory;

    static Stream<Arguments> modes() {
        return Stream.concat(
                Stream.of(
                        Arguments.of(Threading.CALLER, WaitStrategy.BACKOFF, 2),
                        Arguments.of(Threading.CALLER, WaitStrategy.BACKOFF, 64)),
                Stream.of(WaitStrategy.values()).map(strategy -> Arguments.of(Threading.DEDICATED, strategy, 8)));
    }

    @ParameterizedTest(name = "{0}, {1}, {2} slots")
    @MethodSource("modes")
    void everyOneOfThousandsEnds(Threading threading, WaitStrategy strategy, int slots) throws Exception {
        VirtualThreads.require();
        try (Poro poro = open(threading, strategy, slots, RecoveryMode.TAIL)) {
            VirtualThreads.run(THREADS, number -> {
                byte[] key = bytes("key" + number % 500);
                for (int round = 0; round < ROUNDS; round++) {
                    switch ((number + round) % 4) {
                        case 0 -> poro.set(key, bytes("value"));
                        case 1 -> poro.setAsync(key, new byte[(number % 10) * 100]);
                        case 2 -> poro.await(poro.setAsync(key, bytes("value")));
                        default -> poro.delete(key);
                    }
                    poro.get(key);
                }
            });
            assertThat(poro.ring().claimed()).isGreaterThan((long) THREADS * ROUNDS);
        }
        try (Poro poro = open(threading, strategy, slots, RecoveryMode.STRICT)) {
            assertThat(poro.opening().closedCleanly()).isTrue();
        }
    }

    private Poro open(Threading threading, WaitStrategy strategy, int slots, RecoveryMode mode) {
        return Poro.at(directory.resolve("poro.wal"))
                .threading(threading)
                .waitStrategy(strategy)
                .recovery(mode)
                .sync(SyncPolicy.OS)
                .memory(16 << 20)
                .segmentLength(1 << 20)
                .ringCapacity(slots)
                .eventsPerMark(4)
                .open();
    }
}
