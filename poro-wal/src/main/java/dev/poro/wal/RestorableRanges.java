package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The parts of a log that can be restored: from its first event or from a snapshot, up to the first damage. */
final class RestorableRanges {
    private final Storage storage;
    private final WorkerFactory workers;
    private final ReplayProgress progress;

    RestorableRanges(Storage storage, WorkerFactory workers, ReplayProgress progress) {
        this.storage = storage;
        this.workers = workers;
        this.progress = progress;
    }

    /** Describes all ranges in words. Reads the log. */
    String describe() throws IOException {
        List<Range> ranges = ranges();
        return ranges.isEmpty()
                ? "Nothing of it can be restored."
                : ranges.stream().map(Range::toString).collect(Collectors.joining(" and ", "Restorable is ", "."));
    }

    private List<Range> ranges() throws IOException {
        List<Range> ranges = new ArrayList<>();
        StoreFile.Look store = StoreFile.look(storage);
        Segments segments = Segments.read(storage);
        Range reached = rangeFrom(
                ReadPlan.withFirst(segments, StoreFile.Look.NONE),
                new RestoreFilter(RestorePoint.LATEST, LogVisitor.NONE, LogVisitor.NONE));
        if (reached != null) {
            ranges.add(reached);
        }
        for (String name : LogFiles.snapshots(storage)) {
            if (reached == null || SnapshotDescriptor.sequenceOf(name) > reached.lastSequence()) {
                RestoreFilter visitor = new RestoreFilter(RestorePoint.LATEST, LogVisitor.NONE, LogVisitor.NONE);
                ReadPlan start =
                        new SnapshotLoader(storage, store, segments, visitor, progress, workers).load(List.of(name));
                Range range = start.snapshot() == null ? null : rangeFrom(start, visitor);
                if (range != null) {
                    ranges.add(range);
                    reached = range;
                }
            }
        }
        return ranges;
    }

    /** Returns {@code null} if there is none. */
    private Range rangeFrom(ReadPlan start, RestoreFilter visitor) throws IOException {
        long first = start.snapshot() == null ? 1 : start.snapshot().summary().sequence();
        FirstFrame firstFrame = new FirstFrame(visitor);
        new LogReader(storage, start, firstFrame, progress).read();
        if (visitor.lastSequence() == 0) {
            return null;
        }
        long firstWallClock = start.snapshot() == null
                ? firstFrame.wallClock
                : start.snapshot().latestWallClock();
        return new Range(first, visitor.lastSequence(), firstWallClock, visitor.lastWallClock());
    }

    /** Passes everything on, and notes the wall clock of the first frame. */
    private static final class FirstFrame implements LogVisitor {
        private final LogVisitor visitor;
        private boolean isKnown;
        private long wallClock;

        FirstFrame(LogVisitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public void onFrame(int version, long timestamp, long ofFrame) throws IOException {
            wallClock = isKnown ? wallClock : ofFrame;
            isKnown = true;
            visitor.onFrame(version, timestamp, ofFrame);
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
            visitor.onRecord(sequence, timestamp, record);
        }
    }

    private record Range(long firstSequence, long lastSequence, long firstWallClock, long lastWallClock) {
        @Override
        public String toString() {
            return "sequence " + firstSequence + " (" + LogTime.textOf(firstWallClock) + ") to " + lastSequence + " ("
                    + LogTime.textOf(lastWallClock) + ")";
        }
    }
}
