package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.tools.Verification;
import dev.poro.events.EventType;
import dev.poro.wal.LogInspector;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Eight threads write at once. Every event is in the log exactly once, each thread's in the order of publication. */
class ManyProducersTest {
    private static final int PRODUCERS = 8;

    @TempDir
    Path directory;

    static Stream<Arguments> modes() {
        return Stream.of(
                Arguments.of(Threading.CALLER, SyncPolicy.OS, 20_000),
                Arguments.of(Threading.DEDICATED, SyncPolicy.EVERYSEC, 20_000),
                Arguments.of(Threading.CALLER, SyncPolicy.ALWAYS, 100),
                Arguments.of(Threading.DEDICATED, SyncPolicy.ALWAYS, 100));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modes")
    void journalsAndAppliesEveryEventOnceAndInOrder(Threading threading, SyncPolicy sync, int eventsPerProducer)
            throws Exception {
        Path path = directory.resolve("poro.wal");
        long digest;
        try (Poro poro = Poro.at(path)
                .threading(threading)
                .sync(sync)
                .ringCapacity(64)
                .memory(64 << 20)
                .segmentLength(1 << 20)
                .open()) {
            runProducers(poro, eventsPerProducer);

            assertThat(poro.keys()).isEqualTo(PRODUCERS);
            assertThat(poro.sequence()).isEqualTo(1 + (long) PRODUCERS * eventsPerProducer);
            for (int producer = 0; producer < PRODUCERS; producer++) {
                assertThat(poro.get(bytesOf(producer))).isEqualTo(bytesOf(eventsPerProducer - 1));
            }
            digest = poro.digest();
        }
        assertLogHoldsEveryEventInOrder(path, eventsPerProducer);
        assertThat(Verification.run(path, Progress.NONE).digest()).isEqualTo(digest);
    }

    /** Every other producer waits for each outcome; the others publish ahead and wait for the last. */
    private static void runProducers(Poro poro, int events) throws InterruptedException {
        Thread[] producers = new Thread[PRODUCERS];
        for (int p = 0; p < PRODUCERS; p++) {
            byte[] key = bytesOf(p);
            boolean waits = p % 2 == 0;
            producers[p] = new Thread(() -> {
                long ticket = 0;
                for (int i = 0; i < events; i++) {
                    if (waits) {
                        poro.set(key, bytesOf(i));
                    } else {
                        ticket = poro.setAsync(key, bytesOf(i));
                    }
                }
                if (!waits) {
                    poro.await(ticket);
                }
            });
            producers[p].start();
        }
        for (Thread producer : producers) {
            producer.join();
        }
    }

    private static void assertLogHoldsEveryEventInOrder(Path path, int events) throws Exception {
        int[] next = new int[PRODUCERS];
        RecoveryReport report = LogInspector.inspect(
                path,
                (sequence, timestamp, record) -> {
                    if (record.type() == EventType.SET) {
                        int producer = intOf(record.key());
                        assertThat(intOf(record.value())).isEqualTo(next[producer]++);
                    }
                },
                ReplayProgress.NONE);
        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(next).containsOnly(events);
    }

    private static byte[] bytesOf(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    private static int intOf(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getInt();
    }
}
