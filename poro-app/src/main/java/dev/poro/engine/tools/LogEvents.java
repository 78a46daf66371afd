package dev.poro.engine.tools;

import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.internal.LogProgress;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.LogException;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** The events of a log, read without opening it: takes no lock, writes nothing. */
public final class LogEvents {
    static final String REMEDY = "Fix the cause and try again; if the disk is failing, copy what can still be read and"
            + " salvage the copy.";

    private LogEvents() {}

    /**
     * Reads a log as opening does.
     *
     * @param path a log directory, or one segment file
     * @param visitor receives the events and marks up to the first place after which reading cannot continue
     * @return what reading found
     * @throws PoroException if there is no log or it cannot be read
     * @throws IOException from the visitor
     */
    public static RecoveryReport run(Path path, LogVisitor visitor, Progress progress) throws IOException {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(visitor, "visitor");
        Objects.requireNonNull(progress, "progress");
        CountingVisitor counting = new CountingVisitor(visitor);
        try {
            return LogInspector.inspect(path, counting, new LogProgress(progress));
        } catch (StorageException | LogException e) {
            throw PoroException.stopped(path, "reading", counting.reached, e, REMEDY);
        }
    }

    /** Receives the records of a log. */
    @FunctionalInterface
    public interface RecordVisitor {
        /**
         * One record.
         *
         * @param sequence of the event; of a mark that is no event, that of the event before it
         * @param isEvent whether the record is an event; in version 1 of the format, marks are events
         * @param timestamp log time, by which keys expire, in milliseconds since 1970
         * @param wallClock when it was written by the system's clock, in milliseconds since 1970
         * @param record valid during the call only
         * @throws IOException if the visitor cannot go on
         */
        void onRecord(long sequence, boolean isEvent, long timestamp, long wallClock, RecordFlyweight record)
                throws IOException;
    }

    /** {@link #run} for the records alone, marks included. */
    public static RecoveryReport records(Path path, RecordVisitor visitor, Progress progress) throws IOException {
        Objects.requireNonNull(visitor, "visitor");
        LogVisitor each = new LogVisitor() {
            private long wallClock;

            @Override
            public void onFrame(int version, long timestamp, long ofFrame) {
                wallClock = ofFrame;
            }

            @Override
            public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
                visitor.onRecord(sequence, true, timestamp, wallClock, record);
            }

            @Override
            public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) throws IOException {
                visitor.onRecord(nextSequence - 1, false, timestamp, wallClock, mark);
            }
        };
        return run(path, each, progress);
    }

    /** Knows the last sequence that was passed on. */
    private static final class CountingVisitor implements LogVisitor {
        private final LogVisitor visitor;
        private long reached;

        CountingVisitor(LogVisitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public void onFrame(int version, long timestamp, long wallClock) throws IOException {
            visitor.onFrame(version, timestamp, wallClock);
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
            visitor.onRecord(sequence, timestamp, record);
            reached = sequence;
        }

        @Override
        public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) throws IOException {
            visitor.onMark(nextSequence, timestamp, mark);
        }
    }
}
