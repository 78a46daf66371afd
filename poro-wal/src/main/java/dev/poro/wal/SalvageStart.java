package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses what the salvage of a log begins with. The newest intact snapshot contains the result of all events up to
 * its own, even if these are lost. An earlier beginning is as good, and keeps more history, if no event is missing
 * between it and that snapshot. So the choice is the first event of the log, or the oldest snapshot, for which that is
 * true. Writes nothing. Used once.
 */
final class SalvageStart {
    private final Storage storage;
    private final Segments segments;
    private final ReplayProgress progress;

    SalvageStart(Storage storage, Segments segments, ReplayProgress progress) {
        this.storage = storage;
        this.segments = segments;
        this.progress = progress;
    }

    /** Returns the name of a snapshot, or {@code null} to begin with the first event. */
    String choose() throws IOException {
        List<String> snapshots = intactSnapshots();
        if (snapshots.isEmpty()) {
            return null;
        }
        String newest = snapshots.get(snapshots.size() - 1);
        Run run = new Run(SnapshotDescriptor.sequenceOf(newest));
        new DamageScan(storage, segments, run, progress).scan(0);
        if (run.isUpToTarget() && run.first == 1) {
            return null;
        }
        return snapshots.stream()
                .filter(name -> run.isUpToTarget() && SnapshotDescriptor.sequenceOf(name) >= run.first - 1)
                .findFirst()
                .orElse(newest);
    }

    /** Oldest first. */
    private List<String> intactSnapshots() throws IOException {
        long logId = ScannedSegment.logIdOf(ScannedSegment.of(storage, segments));
        List<String> intact = new ArrayList<>();
        for (String name : LogFiles.snapshots(storage)) {
            if (SnapshotReader.isWhole(storage, name) && isOf(logId, name)) {
                intact.add(name);
            }
        }
        return intact;
    }

    private boolean isOf(long logId, String snapshot) throws IOException {
        try (StorageFile file = storage.openReadOnly(snapshot)) {
            return logId == 0 || SnapshotHeader.read(file, snapshot).logId() == logId;
        }
    }

    /** Passes on a snapshot that was found to be intact. */
    static void handOn(Storage storage, String name, LogVisitor visitor) throws IOException {
        boolean whole = false;
        try (SnapshotReader reader = SnapshotReader.open(storage, name, WorkerFactory.THREADS)) {
            visitor.onSnapshot(SnapshotReport.of(reader.header(), reader.length()));
            while (reader.next()) {
                visitor.onEntry(reader.sequence(), reader.record());
            }
            visitor.onSnapshotEnd();
            whole = true;
        } finally {
            if (!whole) {
                visitor.onSnapshotBroken();
            }
        }
    }

    /** The events without a gap up to a target. */
    private static final class Run implements LogVisitor {
        private final long target;
        private long first;
        private long last;

        Run(long target) {
            this.target = target;
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            if (last >= target) {
                return;
            }
            first = sequence == last + 1 && last > 0 ? first : sequence;
            last = sequence;
        }

        /** Whether these events reach the target, or begin right after it. */
        boolean isUpToTarget() {
            return last >= target && first <= target + 1;
        }
    }
}
