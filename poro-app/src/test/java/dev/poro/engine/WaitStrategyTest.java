package dev.poro.engine;

import static dev.poro.engine.StoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Every way in which the dedicated threads can wait, and what it costs.
 *
 * @see HandlerThread
 */
class WaitStrategyTest {
    private static final long BUSY_MILLIS = 10;

    @TempDir
    Path directory;

    private Poro open(WaitStrategy strategy) {
        return Poro.at(directory.resolve("poro.wal"))
                .threading(Threading.DEDICATED)
                .waitStrategy(strategy)
                .sync(SyncPolicy.OS)
                .memory(64 << 20)
                .segmentLength(1 << 20)
                .ringCapacity(16)
                .open();
    }

    @ParameterizedTest
    @EnumSource(WaitStrategy.class)
    void handsEveryEventOnAfterABurstAndAfterAPause(WaitStrategy strategy) throws InterruptedException {
        try (Poro poro = open(strategy)) {
            for (int burst = 0; burst < 3; burst++) {
                long last = 0;
                for (int i = 0; i < 200; i++) {
                    last = poro.setAsync(bytes("key" + i), bytes("value" + burst));
                }
                assertThat(poro.await(last)).isEqualTo(burst > 0);
                assertThat(poro.get("key199")).isEqualTo("value" + burst);
                Thread.sleep(5);
            }
            assertThat(poro.delete("key0")).isTrue();
            assertThat(poro.keys()).isEqualTo(199);
        }
        try (Poro poro = open(strategy)) {
            assertThat(poro.get("key199")).isEqualTo("value2");
            assertThat(poro.get("key0")).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BLOCKING", "BACKOFF"})
    void costsNothingWhileIdle(WaitStrategy strategy) throws InterruptedException {
        try (Poro poro = open(strategy)) {
            poro.set("key", "value");
            Thread.sleep(20);
            long before = processorMillisOfTheJournal();
            Thread.sleep(200);

            assertThat(processorMillisOfTheJournal() - before).isLessThan(BUSY_MILLIS);
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"BLOCKING", "BACKOFF"})
    @Timeout(60)
    void looksForEventsAllTheTime(WaitStrategy strategy) throws InterruptedException {
        try (Poro poro = open(strategy)) {
            poro.set("key", "value");
            Thread.sleep(20);
            long before = processorMillisOfTheJournal();

            // However few processors others leave it: sooner or later it has used so much.
            while (processorMillisOfTheJournal() - before < BUSY_MILLIS) {
                Thread.sleep(5);
            }
        }
    }

    private static long processorMillisOfTheJournal() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().equals("poro-journal")) {
                return TimeUnit.NANOSECONDS.toMillis(threads.getThreadCpuTime(thread.getThreadId()));
            }
        }
        throw new AssertionError("the journal has no thread");
    }
}
