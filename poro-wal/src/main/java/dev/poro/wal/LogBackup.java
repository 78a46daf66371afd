package dev.poro.wal;

import dev.poro.wal.storage.FileCopy;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Copies a log, which may be open and in use, into a directory that is a log itself. The source is only read. A backup
 * contains only forced events, which its log cannot lose. A log that is open in this process knows what is forced; the
 * files of any other log are forced first. That hides no failure from a store that has these files open: Linux reports
 * it to every process that has.
 *
 * <p>A file gets its name in the backup once it is copied and forced. So an interrupted backup can be continued: files
 * with their name that equal the log's byte by byte are kept. At the end the entire backup is read back and checked.
 *
 * <p>The log is copied as it was at one moment ({@link LogView}), so the backup ends however fast the store writes. One
 * thread, used once.
 */
public final class LogBackup {
    private static final int BYTES_PER_PROGRESS = 8 << 20;

    private final Storage source;
    /** Pins the files of a log that is open in this process; {@code null} for any other, whose files are held open. */
    private final Supplier<? extends Closeable> pins;

    /** Whether the copy continues the log, as each replica of a cluster does; else it is to branch off. */
    private final boolean isOfReplica;

    private final NewDirectory directory;
    private final Storage target;
    private final LongSupplier forced;
    private final WorkerFactory workers;
    private final ReplayProgress progress;

    private long lastSequence;
    private int copiedFiles;
    private long copiedBytes;
    private int keptFiles;
    private long keptBytes;

    /**
     * A backup of a log that is not open in this process, up to its last intact event.
     *
     * @param directory new, or left by an interrupted backup of the same log
     * @param workers one of them reads snapshots ahead
     */
    public LogBackup(Storage source, NewDirectory directory, WorkerFactory workers, ReplayProgress progress) {
        this(source, null, null, false, directory, workers, progress);
    }

    /**
     * A copy of a log that grows elsewhere, for another replica of the same cluster: no branch, because what comes next
     * is the same on both. Whatever the directory has of another log is replaced.
     *
     * @param source whose files stay as they are; forced up to the last event
     * @param lastSequence the last event of the copy: the end of a frame
     * @param directory new, or left by an interrupted copy
     * @param workers one of them reads snapshots ahead
     */
    public static LogBackup ofReplica(
            Storage source, long lastSequence, NewDirectory directory, WorkerFactory workers, ReplayProgress progress) {
        return new LogBackup(source, () -> () -> {}, () -> lastSequence, true, directory, workers, progress);
    }

    /**
     * A backup of a log that is open in this process.
     *
     * @param pins keeps its files
     * @param forced the last forced event of the log, up to which the backup goes; called after listing the snapshots
     */
    LogBackup(
            Storage source,
            Supplier<LogTrimmer.Pin> pins,
            LongSupplier forced,
            NewDirectory directory,
            WorkerFactory workers,
            ReplayProgress progress) {
        this(source, pins, forced, false, directory, workers, progress);
    }

    private LogBackup(
            Storage source,
            Supplier<? extends Closeable> pins,
            LongSupplier forced,
            boolean isOfReplica,
            NewDirectory directory,
            WorkerFactory workers,
            ReplayProgress progress) {
        this.source = source;
        this.pins = pins;
        this.isOfReplica = isOfReplica;
        this.forced = forced;
        this.directory = directory;
        this.target = directory.storage();
        this.workers = workers;
        this.progress = progress;
    }

    /** The last event in the backup; 0 until that is decided. */
    public long lastSequence() {
        return lastSequence;
    }

    /**
     * Makes the backup.
     *
     * @param opening receives the finished backup as opening it would read it; refuses it by an exception
     * @throws LogDamagedException if the log is damaged in a part that opening needs
     * @throws LogException if there is no log, or the directory holds something else
     * @throws IOException if the log cannot be read, or the backup cannot be written or differs; complete files stay
     */
    public BackupReport run(LogVisitor opening) throws IOException {
        BackupReport report = copyAndCheck();
        open(opening);
        directory.publish();
        return report;
    }

    private BackupReport copyAndCheck() throws IOException {
        Storage named = CanonicalNames.of(source);
        if (forced == null) {
            try (LogView log = LogView.of(named)) {
                return copyAndCheck(log, Long.MAX_VALUE);
            }
        }
        long[] limit = new long[1];
        Closeable pin = pins.get();
        try (LogView log = LogView.ofPinned(named, () -> limit[0] = forced.getAsLong())) {
            return copyAndCheck(log, limit[0]);
        } finally {
            pin.close();
        }
    }

    private BackupReport copyAndCheck(LogView log, long limit) throws IOException {
        BackupPlanner planner = new BackupPlanner(log, limit, workers, progress);
        BackupPlan plan = planner.plan();
        lastSequence = plan.lastSequence();
        if (!isOfReplica) {
            requireOwn(plan.logId());
        }
        deleteAllBut(plan.files());
        copy(log, plan);
        forceWithStoreFile(log, plan);
        check(plan);
        return new BackupReport(
                plan.firstSequence(),
                plan.lastSequence(),
                plan.snapshots(),
                plan.files().size() - plan.snapshots(),
                copiedFiles,
                copiedBytes,
                keptFiles,
                keptBytes,
                planner.leftOut());
    }

    /** Fails if the directory holds anything that is not from a backup of this log. */
    private void requireOwn(long logId) throws IOException {
        for (String name : target.list()) {
            boolean isOfAny =
                    LogLock.isLockName(name) || name.equals(StoreFile.NAME) || SegmentDescriptor.isTemporaryName(name);
            if (!isOfAny && logIdOf(name) != logId) {
                throw new LogException(target.describe(name) + " is no file of a backup of " + source.describe("")
                        + ". Name another directory.");
            }
        }
    }

    private long logIdOf(String name) throws IOException {
        try (StorageFile file = target.openReadOnly(name)) {
            return SnapshotDescriptor.isSnapshotName(name)
                    ? SnapshotHeader.read(file, name).logId()
                    : SegmentHeader.read(file, name).logId;
        }
    }

    private void deleteAllBut(List<BackupPlan.File> files) throws IOException {
        List<String> names = new ArrayList<>(target.list());
        names.removeAll(List.of(LogLock.NAME, LogLock.HIDDEN_NAME, StoreFile.NAME));
        names.removeAll(files.stream().map(BackupPlan.File::name).toList());
        for (String name : names) {
            target.delete(name);
        }
    }

    private void copy(LogView log, BackupPlan plan) throws IOException {
        List<String> present = target.list();
        progress.onStep(ReplayProgress.Step.COPYING);
        for (BackupPlan.File file : plan.files()) {
            try (StorageFile original = log.openReadOnly(file.name())) {
                if (forced == null) {
                    original.force();
                }
                if (present.contains(file.name()) && isWhole(file, original)) {
                    keptFiles++;
                    keptBytes += file.bytes();
                } else {
                    copy(file, original, present.contains(file.name()), plan);
                    copiedFiles++;
                    copiedBytes += file.bytes();
                }
            }
            progress.onProgress(copiedBytes + keptBytes, plan.bytes(), plan.lastSequence());
        }
    }

    /** Forces the directory, and writes the store file: the settings, and how far the backup goes. */
    private void forceWithStoreFile(LogView log, BackupPlan plan) throws IOException {
        BackupPlan.File last = plan.files().stream()
                .filter(file -> SegmentDescriptor.isSegmentName(file.name()))
                .max(Comparator.comparing(BackupPlan.File::name))
                .orElseThrow();
        long segment = SegmentDescriptor.numberOf(last.name());
        StoreFile.Look original = StoreFile.look(log);
        StoreFile store = new StoreFile(
                plan.logId(),
                plan.lastSequence(),
                segment,
                last.bytes(),
                original.retention(),
                Retention.NONE,
                isOfReplica ? original.branch() : original.branch().ofBackup(),
                0);
        if (store.equals(StoreFile.look(target).store())) {
            target.forceDirectory();
        } else {
            store.write(target);
        }
    }

    private boolean isWhole(BackupPlan.File file, StorageFile original) throws IOException {
        try (StorageFile copy = target.openReadOnly(file.name())) {
            return FileCopy.isCopy(copy, original, file.bytes());
        }
    }

    private void copy(BackupPlan.File file, StorageFile original, boolean isInTheWay, BackupPlan plan)
            throws IOException {
        String temporary = SnapshotDescriptor.isSnapshotName(file.name())
                ? SnapshotDescriptor.TEMPORARY_NAME
                : file.name() + SegmentDescriptor.TEMPORARY_SUFFIX;
        try (StorageFile copy = target.create(temporary)) {
            for (long at = 0; at < file.bytes(); at += BYTES_PER_PROGRESS) {
                FileCopy.copy(original, at, Math.min(at + BYTES_PER_PROGRESS, file.bytes()), copy, at);
                progress.onProgress(copiedBytes + keptBytes + at, plan.bytes(), plan.lastSequence());
            }
            copy.force();
        }
        if (isInTheWay) {
            target.delete(file.name());
        }
        target.rename(temporary, file.name());
    }

    /** Plans a backup of the backup: that must be the same plan. */
    private void check(BackupPlan plan) throws IOException {
        ReplayProgress readingBack = progress.during(ReplayProgress.Step.READING_BACK);
        try {
            BackupPlan copied = new BackupPlanner(target, Long.MAX_VALUE, workers, readingBack).plan();
            if (!copied.equals(plan)) {
                throw differs(target.describe("") + " reads as " + copied + ", the log as " + plan);
            }
        } catch (LogDamagedException e) {
            throw differs(e.file() + " at offset " + e.offset() + ": " + e.defect());
        } catch (LogException e) {
            throw differs(e.getMessage());
        }
    }

    private void open(LogVisitor opening) throws IOException {
        RecoveryReport opened = LogCheck.asOpening(target, RecoveryMode.STRICT, opening, progress, workers);
        if (opened.verdict() != RecoveryReport.Verdict.SOUND || opened.lastSequence() != lastSequence) {
            throw differs(opened.file() + " at offset " + opened.offset() + ": " + opened.description());
        }
    }

    private static IOException differs(String what) {
        return new IOException("the copy is not what the log was: " + what);
    }
}
