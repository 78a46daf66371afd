package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The log on a simulated disk, with all that was ever released of it; read without touching the disk. */
public final class ForkedLog {
    private final Map<String, byte[]> released = new HashMap<>();

    /** Keeps what is about to be deleted. To be told of every operation, before it happens. */
    public void watch(SimulatedStorage storage, SimulatedOperation operation) {
        if (operation.kind() == SimulatedOperation.Kind.DELETE && SegmentDescriptor.isSegmentName(operation.name())) {
            released.put(operation.name(), storage.bytes(operation.name()));
        }
    }

    /**
     * Hands on the records from the first one up to a sequence, and all frames.
     *
     * @return whether the log is whole up to there
     */
    public boolean readThrough(long sequence, SimulatedStorage storage, LogVisitor visitor) {
        SimulatedStorage fork = storage.fork();
        LogVisitor upToThere = new LogVisitor() {
            @Override
            public void onFrame(int version, long timestamp, long wallClock) throws IOException {
                visitor.onFrame(version, timestamp, wallClock);
            }

            @Override
            public void onRecord(long eventSequence, long timestamp, RecordFlyweight record) throws IOException {
                if (eventSequence <= sequence) {
                    visitor.onRecord(eventSequence, timestamp, record);
                }
            }
        };
        try {
            putBackReleased(fork);
            RecoveryReport read = TestLogs.examine(fork, upToThere);
            return read.firstSequence() == 1 && read.lastSequence() >= sequence;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            fork.release();
        }
    }

    private void putBackReleased(SimulatedStorage fork) throws IOException {
        List<String> left = LogFiles.segments(fork);
        released.forEach((name, bytes) -> {
            if (!left.isEmpty() && name.compareTo(left.get(0)) < 0) {
                fork.put(name, bytes);
            }
        });
    }
}
