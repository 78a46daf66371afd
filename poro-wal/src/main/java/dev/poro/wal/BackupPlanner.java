package dev.poro.wal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a log, which may be written to meanwhile, and says what a backup of it consists of: the segments up to the last
 * whole event and the snapshots, all of them checked. What is damaged is left out as long as opening does without it.
 * Writes nothing. Used once.
 */
final class BackupPlanner {
    private final Storage storage;
    private final ReplayProgress progress;
    private final List<LogProblem> leftOut = new ArrayList<>();

    BackupPlanner(Storage storage, ReplayProgress progress) {
        this.storage = storage;
        this.progress = progress;
    }

    /**
     * Reads all of it.
     *
     * @throws LogDamagedException if the log is damaged where no snapshot makes up for it
     * @throws LogException if there is no log
     */
    BackupPlan plan() throws IOException {
        // Listed first: a snapshot gets its name when the log is forced up to it, and what is read below may be later.
        List<String> snapshotNames = SnapshotFiles.names(storage);
        List<String> segmentNames = Recovery.segmentNames(storage);
        if (segmentNames.isEmpty()) {
            throw new LogException(storage.describe("") + " holds no log segment. Name the directory of a log.");
        }
        long logId = logIdOf(segmentNames.get(0));
        List<BackupFile> files = wholeSnapshots(snapshotNames, logId);
        int snapshots = files.size();
        RecoveryReport log = readLog(snapshotNames, segmentNames, files);
        for (SegmentReport segment : log.segments()) {
            if (segment.isStarted()) {
                files.add(new BackupFile(segment.file(), segment.usedBytes()));
            }
        }
        requireComplete(log, files.subList(0, snapshots));
        return new BackupPlan(logId, log.firstSequence(), log.lastSequence(), snapshots, List.copyOf(files));
    }

    private long logIdOf(String segment) throws IOException {
        try (StorageFile file = storage.openReadOnly(segment)) {
            return SegmentHeader.read(file, segment).logId;
        }
    }

    private List<BackupFile> wholeSnapshots(List<String> names, long logId) throws IOException {
        List<BackupFile> whole = new ArrayList<>();
        for (String name : names) {
            try (SnapshotReader reader = SnapshotReader.open(storage, name, Workers.THREADS)) {
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
                whole.add(new BackupFile(name, reader.length()));
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
    private RecoveryReport readLog(List<String> snapshots, List<String> segments, List<BackupFile> whole)
            throws IOException {
        long forced = snapshots.isEmpty() ? 0 : SnapshotDescriptor.sequenceOf(snapshots.get(snapshots.size() - 1));
        try {
            return readFrom(new LogStart(segments, 0, null, List.of(), List.of(), forced));
        } catch (LogDamagedException damaged) {
            if (whole.isEmpty()) {
                throw damaged;
            }
            List<String> newest = List.of(whole.get(whole.size() - 1).name());
            LogStart start = new SnapshotLoader(storage, LogVisitor.NONE, progress, Workers.THREADS).load(newest);
            if (start.snapshot() == null) {
                throw damaged;
            }
            RecoveryReport log = readFrom(start);
            leftOut.add(new LogProblem(
                    damaged.file(), damaged.offset(), 0, LogProblem.NONE, LogProblem.NONE, damaged.defect()));
            return log;
        }
    }

    /**
     * Where somebody writes, the end of what was read may look like damage: bytes that came later lie behind it. What
     * is read from there on when one looks again was only being written.
     */
    private RecoveryReport readFrom(LogStart start) throws IOException {
        RecoveryReport log = examine(start);
        if (log.verdict() == RecoveryReport.Verdict.DAMAGED && examine(start).lastSequence() <= log.lastSequence()) {
            throw log.toException();
        }
        return log;
    }

    private RecoveryReport examine(LogStart start) throws IOException {
        return new Recovery(storage, start, LogVisitor.NONE, progress).examine(RecoveryMode.TAIL);
    }

    private void requireComplete(RecoveryReport log, List<BackupFile> snapshots) {
        if (log.lastSequence() == 0) {
            throw new LogException(storage.describe("") + " holds no event yet.");
        }
        boolean isComplete = log.firstSequence() == 1
                || snapshots.stream()
                        .anyMatch(file -> SnapshotDescriptor.sequenceOf(file.name()) >= log.firstSequence() - 1);
        if (!isComplete) {
            throw new LogException(storage.describe("") + ": the log begins with sequence " + log.firstSequence()
                    + ", and no whole snapshot stands for what came before. 'poro verify' lists every problem.");
        }
    }

    /** What is damaged and not in the plan. */
    List<LogProblem> leftOut() {
        return List.copyOf(leftOut);
    }
}
