package dev.poro.wal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a log without opening it: writes nothing and, but for {@link #keepStoresOut}, takes no lock. */
public final class LogInspector {
    private LogInspector() {}

    /**
     * Reads all that there is of a log, or one segment of it. A log may begin behind its first event only if a snapshot
     * that is whole stands for what came before.
     *
     * @param path a log directory, or a segment file
     * @param visitor takes the records up to the first place that cannot be read on from
     * @throws LogException if there is no log
     * @throws IOException if the path cannot be read
     */
    public static RecoveryReport inspect(Path path, RecordVisitor visitor, ReplayProgress progress) throws IOException {
        Source source = Source.of(path);
        return source.reading(() -> {
            LogStart start = source.start(LogVisitor.NONE, progress).withHistory();
            return new Recovery(source.storage, start, visitor, progress).examine(RecoveryMode.TAIL);
        });
    }

    /**
     * Reads as {@link #inspect} does. Where the first events are gone, the visitor takes the oldest snapshot that
     * stands for them, and only what comes behind it.
     *
     * @param visitor takes the records up to the first place that cannot be read on from
     * @throws LogException if there is no log
     * @throws IOException if the path cannot be read
     */
    public static RecoveryReport replay(Path path, LogVisitor visitor, ReplayProgress progress) throws IOException {
        Source source = Source.of(path);
        return source.reading(() -> {
            LogStart start = source.start(visitor, progress);
            return new Recovery(source.storage, start, visitor, progress).examine(RecoveryMode.TAIL);
        });
    }

    /**
     * The names of the snapshots beside a log, oldest first; of a single segment file, none.
     *
     * @throws IOException if the path cannot be read
     */
    public static List<String> snapshots(Path path) throws IOException {
        return Files.isDirectory(path)
                ? SnapshotFiles.names(CanonicalNames.of(new FileSystemStorage(path)))
                : List.of();
    }

    /**
     * Reads a log as opening does that finds this snapshot alone.
     *
     * @param path a log directory
     * @param visitor takes the snapshot and what comes behind it; if the snapshot is damaged, the whole log
     * @throws IOException if the path cannot be read
     */
    public static RecoveryReport inspectFrom(Path path, String snapshot, LogVisitor visitor, ReplayProgress progress)
            throws IOException {
        Source source = Source.of(path);
        return source.reading(() -> {
            LogStart start =
                    new SnapshotLoader(source.storage, visitor, progress, Workers.THREADS).load(List.of(snapshot));
            return new Recovery(source.storage, start, visitor, progress).examine(RecoveryMode.TAIL);
        });
    }

    /**
     * Reads a log, or one segment of it, to its end, whatever damage lies in between.
     *
     * @param path a log directory, or a segment file
     * @param visitor takes everything that is whole, in order
     * @throws LogException if there is no log
     * @throws IOException if the path cannot be read, or the visitor fails
     */
    public static ScanReport scan(Path path, FrameVisitor visitor, ReplayProgress progress) throws IOException {
        Source source = Source.of(path);
        return source.reading(() -> {
            LogStart start = source.start(LogVisitor.NONE, progress);
            return new LogScan(source.storage, source.names, visitor, progress)
                    .scan(start.firstSequence(), start.store().forcedSequence());
        });
    }

    /**
     * Reads, as {@link #scan} does, what is needed to have as much as possible of a log: all of it or, where events are
     * missing that a snapshot stands for, that snapshot and what comes behind it.
     *
     * @param path a log directory, or a segment file
     * @throws LogException if there is no log
     * @throws IOException if the path cannot be read, or the visitor fails
     */
    public static ScanReport salvage(Path path, SalvageVisitor visitor, ReplayProgress progress) throws IOException {
        Source source = Source.of(path);
        if (source.isSingleFile) {
            return new LogScan(source.storage, source.names, visitor, progress).scan(0);
        }
        long forced = StoreFile.look(source.storage).forcedSequence();
        String snapshot = new SalvageStart(source.storage, source.names, progress).choose();
        if (snapshot != null) {
            SalvageStart.handOn(source.storage, snapshot, visitor);
        }
        long first = snapshot == null ? 1 : SnapshotDescriptor.sequenceOf(snapshot) + 1;
        return new LogScan(source.storage, source.names, visitor, progress).scan(first, forced);
    }

    /** The sequence of the last event that a snapshot stands for, by the name of its file. */
    public static long sequenceOf(String snapshot) {
        return SnapshotDescriptor.sequenceOf(snapshot);
    }

    /**
     * Bytes that a segment needs to take any record of a log, or of a segment file: as many as the longest segment.
     *
     * @throws LogException if there is no log, or none of its segments can be recognised
     */
    public static int segmentLength(Path path) throws IOException {
        Source source = Source.of(path);
        return ScannedSegment.of(source.storage, source.names).stream()
                .filter(segment -> segment.header() != null)
                .mapToInt(segment -> segment.header().length)
                .max()
                .orElseThrow(() -> new LogException(
                        path + ": no segment of a log can be recognised there. Restore it from a copy."));
    }

    /**
     * The names of the files beside the segments that an opening left or a crash: what was cut off, and what never got
     * its name. Of a single segment file, none.
     */
    public static List<String> strayFiles(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        List<String> names = new ArrayList<>(new FileSystemStorage(path).list());
        names.removeIf(name ->
                !name.endsWith(SegmentDescriptor.QUARANTINE_SUFFIX) && !SegmentDescriptor.isTemporaryName(name));
        names.sort(null);
        return names;
    }

    /**
     * Keeps stores away from a log until the result is closed, as far as that is possible without writing.
     *
     * @param path a log directory, or a segment file
     * @throws LogLockedException if a store has the log open
     */
    public static Closeable keepStoresOut(Path path) throws IOException {
        return LogLock.acquireForReading(
                Files.isDirectory(path) ? path : path.toAbsolutePath().getParent());
    }

    /** What there is to read: the segments of a log, or one of them. */
    private record Source(Storage storage, List<String> names, boolean isSingleFile) {
        LogStart start(SnapshotVisitor visitor, ReplayProgress progress) throws IOException {
            return isSingleFile
                    ? LogStart.anywhere(names)
                    : new SnapshotLoader(storage, visitor, progress, Workers.THREADS).loadForHistory();
        }

        /** A store that has the log open may release segments and snapshots while they are read. */
        <T> T reading(StorageException.Call<T> reading) throws IOException {
            try {
                return reading.run();
            } catch (StorageException e) {
                if (isSingleFile || storage.list().containsAll(names)) {
                    throw e;
                }
                throw new LogException(
                        storage.describe(names.get(0)) + " and perhaps more was released meanwhile by the store that"
                                + " has the log open. Read it again.",
                        e);
            }
        }

        static Source of(Path path) throws IOException {
            if (Files.isDirectory(path)) {
                Storage storage = CanonicalNames.of(new FileSystemStorage(path));
                List<String> names = Recovery.segmentNames(storage);
                if (names.isEmpty()) {
                    throw new LogException(path + " holds no log segment. Name the directory of a log.");
                }
                return new Source(storage, names, false);
            }
            if (!Files.exists(path)) {
                throw new LogException(path + ": no such file or directory. Name a log directory or a segment file.");
            }
            Path file = path.toAbsolutePath();
            return new Source(
                    new FileSystemStorage(file.getParent()),
                    List.of(file.getFileName().toString()),
                    true);
        }
    }
}
