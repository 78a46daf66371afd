package dev.poro.wal;

import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.Storage;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What several tests ask of a log that is not open. */
public final class TestLogs {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private TestLogs() {}

    /** What reading all that there is of the log finds. */
    static RecoveryReport examine(Storage storage) throws IOException {
        return examine(storage, (sequence, timestamp, record) -> {});
    }

    static RecoveryReport examine(Storage storage, LogVisitor visitor) throws IOException {
        ReadPlan start = new SnapshotLoader(storage, LogVisitor.NONE, ReplayProgress.NONE, new SteppedWorkers())
                .loadForHistory()
                .withHistory();
        return new LogCheck(storage, start, visitor, ReplayProgress.NONE).examine(RecoveryMode.TAIL);
    }

    /** The length of a frame that holds so many bytes of records. */
    static int frameLength(int recordBytes) {
        return FrameDescriptor.align(FrameDescriptor.HEADER_LENGTH + recordBytes);
    }

    /** Where the frames of a segment end. */
    static int endOf(Storage storage, String name) throws IOException {
        return (int) examine(storage).segments().stream()
                .filter(segment -> segment.file().equals(name))
                .findFirst()
                .orElseThrow()
                .usedBytes();
    }

    /** Waits until something holds that another thread brings about. */
    public static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("did not come about");
            }
            LockSupport.parkNanos(100_000);
        }
    }
}
