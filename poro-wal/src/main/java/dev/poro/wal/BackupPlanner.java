package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and checks a log, and plans a backup of it: the segments up to the last intact event or up to a limit, and the
 * snapshots. Damaged parts that are not needed to open are left out. Writes nothing. Used once.
 */
final class BackupPlanner {
    private final Storage storage;
    private final WorkerFactory workers;
    private final ReplayProgress progress;
    private final List<LogProblem> leftOut = new ArrayList<>();
    private StoreFile.Look store;
    private final long limit;

    /**
     * @param storage whose contents do not change, such as a view
     * @param limit the last event that may be in the backup, which is forced; {@link Long#MAX_VALUE} for no limit
     */
    BackupPlanner(Storage storage, long limit, WorkerFactory workers, ReplayProgress progress) {
        this.storage = storage;
        this.limit = limit;
        this.workers = workers;
        this.progress = progress;
    }

    /**
     * Reads the log and plans.
     *
     * @throws LogDamagedException if the log is damaged and no snapshot covers the damage
     * @throws LogException if there is no log
     */
    BackupPlan plan() throws IOException {
        store = StoreFile.look(storage);
        List<String> snapshotNames = LogFiles.snapshots(storage);
        Segments segments = Segments.read(storage);
        if (segments.isEmpty()) {
            throw new LogException(storage.describe("") + " holds no log segment. Name the directory of a log.");
        }
        long logId = logIdOf(segments);
        List<BackupPlan.File> files = intactSnapshots(snapshotNames, logId);
        int snapshots = files.size();
        RecoveryReport log = readLog(snapshotNames, segments, files);
        for (SegmentReport segment : log.segments()) {
            if (segment.isStarted() && segment.firstSequence() <= limit) {
                files.add(new BackupPlan.File(segment.file(), bytesUpToTheLimit(segment)));
            }
        }
        requireComplete(log, files.subList(0, snapshots));
        if (log.lastSequence() < limit && log.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            leftOut.add(log.tail());
        }
        long lastSequence = Math.min(limit, log.lastSequence());
        return new BackupPlan(logId, log.firstSequence(), lastSequence, snapshots, List.copyOf(files));
    }

    /** The limit is the end of a frame, because only complete frames are forced. */
    private long bytesUpToTheLimit(SegmentReport segment) throws IOException {
        if (segment.lastSequence() <= limit) {
            return segment.usedBytes();
        }
        StorageFile file = storage.openReadOnly(segment.file());
        try (FrameReader frames = new FrameReader(file, SegmentHeader.read(file, segment.file()))) {
            while (frames.next() && frames.firstSequence() <= limit) {
                // Skips the frames up to the limit.
            }
            return frames.offset();
        }
    }

    /** From the last intact header: the first segments may not be needed. */
    private static long logIdOf(Segments segments) {
        Long logId = segments.logId();
        if (logId == null) {
            LogDamagedException unreadable = segments.get(0).defect();
            // With a sequence, as reading the log reports it.
            throw new LogDamagedException(unreadable.file(), unreadable.offset(), 1, unreadable.defect());
        }
        return logId;
    }

    private List<BackupPlan.File> intactSnapshots(List<String> names, long logId) throws IOException {
        List<BackupPlan.File> intact = new ArrayList<>();
        progress.onStep(ReplayProgress.Step.CHECKING_SNAPSHOTS);
        for (String name : names) {
            try (SnapshotReader reader = SnapshotReader.open(storage, name, workers)) {
                if (reader.header().logId() != logId) {
                    leaveOut(name, SnapshotDescriptor.LOG_ID_OFFSET, "the snapshot belongs to another log");
                    continue;
                }
                while (reader.next()) {
                    progress.onProgress(
                            reader.offset(),
                            reader.length(),
                            reader.header().summary().sequence());
                }
                intact.add(new BackupPlan.File(name, reader.length()));
            } catch (LogDamagedException e) {
                leaveOut(name, e.offset(), e.defect());
            }
        }
        return intact;
    }

    private void leaveOut(String name, long offset, String cause) {
        leftOut.add(new LogProblem(storage.describe(name), offset, 0, LogProblem.NONE, LogProblem.NONE, cause));
    }

    /** Reads the entire log or, if it is damaged, only the events after the newest intact snapshot. */
    private RecoveryReport readLog(List<String> snapshots, Segments segments, List<BackupPlan.File> intact)
            throws IOException {
        int newest = snapshots.size() - 1;
        long reached = newest < 0 ? 0 : SnapshotDescriptor.sequenceOf(snapshots.get(newest));
        try {
            return readFrom(new ReadPlan(segments, 0, null, List.of(), List.of(), reached, store));
        } catch (LogDamagedException damaged) {
            if (intact.isEmpty()) {
                throw damaged;
            }
            List<String> newestIntact = List.of(intact.get(intact.size() - 1).name());
            ReadPlan start =
                    new SnapshotLoader(storage, store, segments, LogVisitor.NONE, progress, workers).load(newestIntact);
            if (start.snapshot() == null) {
                throw damaged;
            }
            RecoveryReport log = readFrom(start);
            leftOut.add(new LogProblem(
                    damaged.file(), damaged.offset(), 0, LogProblem.NONE, LogProblem.NONE, damaged.defect()));
            return log;
        }
    }

    private RecoveryReport readFrom(ReadPlan start) throws IOException {
        RecoveryReport log = examine(start);
        if (log.lastSequence() >= limit) {
            return log;
        }
        if (limit < Long.MAX_VALUE) {
            String what = log.description() + "; it had been forced up to sequence " + limit;
            throw new LogDamagedException(log.file(), log.offset(), log.lastSequence() + 1, what);
        }
        if (log.verdict() == RecoveryReport.Verdict.DAMAGED) {
            throw log.toException();
        }
        return log;
    }

    private RecoveryReport examine(ReadPlan start) throws IOException {
        return new LogCheck(storage, start, LogVisitor.NONE, progress).examine(RecoveryMode.TAIL);
    }

    /** Fails unless the log begins with its first event, or a snapshot covers what came before. */
    private void requireComplete(RecoveryReport log, List<BackupPlan.File> snapshots) throws IOException {
        boolean isComplete = log.firstSequence() == 1
                || snapshots.stream()
                        .anyMatch(file -> SnapshotDescriptor.sequenceOf(file.name()) >= log.firstSequence() - 1);
        if (log.lastSequence() > 0 && isComplete) {
            return;
        }
        RecoveryReport opening = LogCheck.asOpening(storage, RecoveryMode.TAIL, LogVisitor.NONE, progress, workers);
        if (opening.verdict() == RecoveryReport.Verdict.DAMAGED) {
            throw opening.toException();
        }
        throw new LogException(storage.describe("") + " holds no event yet.");
    }

    /** What the plan leaves out: damaged parts, and a tail that was perhaps never forced. */
    List<LogProblem> leftOut() {
        return List.copyOf(leftOut);
    }
}
