package dev.poro.wal;

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
        long[] firstTimestamp = {visitor.lastTimestamp()};
        LogReader reader = new LogReader(
                storage,
                start,
                (sequence, timestamp, record) -> {
                    firstTimestamp[0] = firstTimestamp[0] == 0 ? timestamp : firstTimestamp[0];
                    visitor.onRecord(sequence, timestamp, record);
                },
                progress);
        reader.read();
        return visitor.lastSequence() == 0
                ? null
                : new Range(first, visitor.lastSequence(), firstTimestamp[0], visitor.lastTimestamp());
    }

    private record Range(long firstSequence, long lastSequence, long firstTimestamp, long lastTimestamp) {
        @Override
        public String toString() {
            return "sequence " + firstSequence + " (" + LogTime.textOf(firstTimestamp) + ") to " + lastSequence + " ("
                    + LogTime.textOf(lastTimestamp) + ")";
        }
    }
}
