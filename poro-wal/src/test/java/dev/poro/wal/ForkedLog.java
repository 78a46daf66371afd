package dev.poro.wal;

import java.io.IOException;
import java.io.UncheckedIOException;

/** The log on a simulated disk, read from its first event without touching the disk. */
public final class ForkedLog {
    private ForkedLog() {}

    /**
     * Hands on the records up to a sequence.
     *
     * @return whether the log is whole up to there
     */
    public static boolean readThrough(long sequence, SimulatedStorage storage, RecordVisitor visitor) {
        SimulatedStorage fork = storage.fork();
        RecordVisitor upToThere = (eventSequence, timestamp, record) -> {
            if (eventSequence <= sequence) {
                visitor.onRecord(eventSequence, timestamp, record);
            }
        };
        try {
            return TestLogs.examine(fork, upToThere).lastSequence() >= sequence;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            fork.release();
        }
    }
}
