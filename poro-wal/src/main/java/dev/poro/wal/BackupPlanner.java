package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a log and says what a backup of it consists of: the segments, up to the
 * last whole event or to another one, and the snapshots, all of them checked. What is damaged is left out as long as
 * opening does without it. Writes nothing. Used once.
 */
final class BackupPlanner {
    private final Storage storage;
    private final WorkerFactory workers;
    private final ReplayProgress progress;
    private final List<LogProblem> leftOut = new ArrayList<>();
    private StoreFile.Look store;
    private final long limit;

    /**
     * @param storage that does not change meanwhile
     * @param limit the last event that may be in the backup, which is forced; {@link Long#MAX_VALUE} for whichever
     */
    BackupPlanner(Storage storage, long limit, WorkerFactory workers, ReplayProgress progress) {
        this.storage = storage;
        this.limit = limit;
        this.workers = workers;
        this.progress = progress;
    }

    /**
     * Reads all of it.
     *
     * @throws LogDamagedException if the log is damaged where no snapshot makes up for it
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
        List<BackupPlan.File> files = wholeSnapshots(snapshotNames, logId);
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

    /** The limit ends a frame, because frames are forced whole. */
    private long bytesUpToTheLimit(SegmentReport segment) throws IOException {
        if (segment.lastSequence() <= limit) {
            return segment.usedBytes();
        }
        StorageFile file = storage.openReadOnly(segment.file());
        try (FrameReader frames = new FrameReader(file, SegmentHeader.read(file, segment.file()))) {
            while (frames.next() && frames.firstSequence() <= limit) {
                // On to the first that is behind it.
            }
            return frames.offset();
        }
    }

    /** The last segment that tells: the first ones may not be needed. */
    private static long logIdOf(Segments segments) {
        Long logId = segments.logId();
        if (logId == null) {
            LogDamagedException unreadable = segments.get(0).defect();
            // As reading the log says it, which knows the sequence.
            throw new LogDamagedException(unreadable.file(), unreadable.offset(), 1, unreadable.defect());
        }
        return logId;
    }

    private List<BackupPlan.File> wholeSnapshots(List<String> names, long logId) throws IOException {
        List<BackupPlan.File> whole = new ArrayList<>();
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
                whole.add(new BackupPlan.File(name, reader.length()));
            } catch (LogDamagedException e) {
                leaveOut(name, e.offset(), e.defect());
            }
        }
        return whole;
    }

    private void leaveOut(String name, long offset, String cause) {
        leftOut.add(new LogProblem(storage.describe(name), offset, 0, LogProblem.NONE, LogProblem.NONE, cause));
    }

    /** Reads the whole log or, if that is damaged, what comes behind the newest snapshot. */
    private RecoveryReport readLog(List<String> snapshots, Segments segments, List<BackupPlan.File> whole)
            throws IOException {
        int newest = snapshots.size() - 1;
        long reached = newest < 0 ? 0 : SnapshotDescriptor.sequenceOf(snapshots.get(newest));
        try {
            return readFrom(new ReadPlan(segments, 0, null, List.of(), List.of(), reached, store));
        } catch (LogDamagedException damaged) {
            if (whole.isEmpty()) {
                throw damaged;
            }
            List<String> newestWhole = List.of(whole.get(whole.size() - 1).name());
            ReadPlan start =
                    new SnapshotLoader(storage, store, segments, LogVisitor.NONE, progress, workers).load(newestWhole);
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

    /** What was read from any event on has to begin with the first one, or behind a snapshot. */
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

    /** What is damaged, or was perhaps never forced, and is not in the plan. */
    List<LogProblem> leftOut() {
        return List.copyOf(leftOut);
    }
}
