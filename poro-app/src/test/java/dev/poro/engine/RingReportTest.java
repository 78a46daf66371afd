package dev.poro.engine;

import static dev.poro.engine.StoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a store says about its ring. */
class RingReportTest {
    @TempDir
    Path directory;

    private Poro open(Threading threading) {
        return Poro.at(directory.resolve("poro.wal"))
                .threading(threading)
                .sync(SyncPolicy.OS)
                .memory(64 << 20)
                .segmentLength(8 << 20)
                .ringCapacity(64)
                .open();
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void countsTheEventsOfThisOpening(Threading threading) {
        try (Poro poro = open(threading)) {
            RingReport opened = settled(poro);
            for (int i = 1; i < 100; i++) {
                poro.set("key" + i, "value");
            }
            poro.await(poro.setAsync(bytes("key100"), bytes("value")));
            RingReport written = settled(poro);

            assertThat(opened).isEqualTo(new RingReport(64, 1, 1, 1)); // the memory budget
            // Nobody publishes but this thread, which waits: each event is a batch.
            assertThat(written).isEqualTo(new RingReport(64, 101, 101, 101));
            assertThat(written.used()).isZero();
        }
        try (Poro poro = open(threading)) {
            assertThat(poro.ring()).isEqualTo(new RingReport(64, 0, 0, 0));
        }
    }

    /** Once all slots are free: a waiter may be told its outcome before its slot is. */
    private static RingReport settled(Poro poro) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        RingReport report = poro.ring();
        while (report.used() > 0 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
            report = poro.ring();
        }
        return report;
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void countsAsManyBatchesAsTheLogHasFrames(Threading threading) throws IOException {
        long batches;
        try (Poro poro = open(threading)) {
            long last = 0;
            for (int i = 0; i < 10_000; i++) {
                last = poro.setAsync(bytes("key" + i % 100), bytes("value"));
            }
            poro.await(last);
            batches = poro.ring().batches();
        }

        assertThat(batches).isBetween(10_000L / 64, 10_001L);
        assertThat(batches + 1).as("with the clean close").isEqualTo(frames(directory.resolve("poro.wal")));
    }

    private static long frames(Path path) throws IOException {
        AtomicLong frames = new AtomicLong();
        LogVisitor counting = new LogVisitor() {
            @Override
            public void onRecord(long sequence, long timestamp, RecordFlyweight record) {}

            @Override
            public void onFrame(int version, long timestamp, long wallClock) {
                frames.incrementAndGet();
            }
        };
        try (LogInspector log = LogInspector.open(path)) {
            log.scan(counting, ReplayProgress.NONE);
        }
        return frames.get();
    }
}
