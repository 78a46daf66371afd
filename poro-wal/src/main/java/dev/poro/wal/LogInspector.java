package dev.poro.wal;

import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads a log without opening it. Writes nothing and, except for {@link #lockForReading}, takes no lock. A store may
 * have the log open and write to it: all answers are about the log as it was when the inspector was opened. Holds every
 * file of the log open until it is closed. One thread.
 */
public final class LogInspector implements Closeable {
    private final Path path;
    private final LogView log;
    private final Segments segments;
    private final boolean isSegment;

    private LogInspector(Path path, LogView log, Segments segments, boolean isSegment) {
        this.path = path;
        this.log = log;
        this.segments = segments;
        this.isSegment = isSegment;
    }

    /**
     * Opens an inspector.
     *
     * @param path a log directory, or a segment file
     * @throws LogDamagedException if all segments of the log are missing
     * @throws LogException if there is no log
     * @throws IOException if the path cannot be read, or has more files than may be open at once
     */
    public static LogInspector open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            Storage storage = CanonicalNames.of(new FileSystemStorage(path));
            LogCheck.requireSegments(storage);
            return of(path, LogView.of(storage), false);
        }
        if (!Files.exists(path)) {
            throw new LogException(path + ": no such file or directory. Name a log directory or a segment file.");
        }
        Path file = path.toAbsolutePath();
        String name = file.getFileName().toString();
        Storage storage = new FileSystemStorage(file.getParent());
        return of(path, LogView.ofSegment(storage, name), true);
    }

    private static LogInspector of(Path path, LogView log, boolean isSegment) throws IOException {
        try {
            List<String> names = isSegment ? log.list() : LogFiles.segments(log);
            return new LogInspector(path, log, Segments.read(log, names), isSegment);
        } catch (IOException | RuntimeException | Error e) {
            log.close();
            throw e;
        }
    }

    /**
     * Opens an inspector for one {@link #inspect(LogVisitor, ReplayProgress)}.
     *
     * @throws LogException if there is no log
     * @throws IOException if the path cannot be read
     */
    public static RecoveryReport inspect(Path path, LogVisitor visitor, ReplayProgress progress) throws IOException {
        try (LogInspector log = open(path)) {
            return log.inspect(visitor, progress);
        }
    }

    /**
     * Reads all of the log, or of one segment. The log may begin after its first event only if an intact snapshot
     * covers what came before.
     *
     * @param visitor receives the records up to the first problem
     * @throws IOException if a file cannot be read
     */
    public RecoveryReport inspect(LogVisitor visitor, ReplayProgress progress) throws IOException {
        return examine(start(LogVisitor.NONE, progress).withHistory(), visitor, progress);
    }

    /**
     * Reads as {@link #inspect} does. If the first events were deleted, the visitor receives the oldest snapshot that
     * covers them, and then the events after it.
     *
     * @param visitor receives the records up to the first problem
     * @throws IOException if a file cannot be read
     */
    public RecoveryReport replay(LogVisitor visitor, ReplayProgress progress) throws IOException {
        return examine(start(visitor, progress), visitor, progress);
    }

    private RecoveryReport examine(ReadPlan start, LogVisitor visitor, ReplayProgress progress) throws IOException {
        return new LogCheck(log, start, visitor, progress).examine(RecoveryMode.TAIL);
    }

    private ReadPlan start(LogVisitor visitor, ReplayProgress progress) throws IOException {
        return isSegment
                ? ReadPlan.anywhere(segments)
                : loader(visitor, progress).loadForHistory();
    }

    private SnapshotLoader loader(LogVisitor visitor, ReplayProgress progress) throws IOException {
        return new SnapshotLoader(log, StoreFile.look(log), segments, visitor, progress, WorkerFactory.THREADS);
    }

    /**
     * The names of the log's snapshots, oldest first; none for a single segment file.
     *
     * @throws IOException if a file cannot be read
     */
    public List<String> snapshots() throws IOException {
        return isSegment ? List.of() : LogFiles.snapshots(log);
    }

    /**
     * Loads a snapshot as opening does, without the log.
     *
     * @param visitor receives it
     * @throws IOException if a file cannot be read
     */
    public LoadedSnapshot load(String snapshot, LogVisitor visitor, ReplayProgress progress) throws IOException {
        ReadPlan start = loader(visitor, progress).load(List.of(snapshot));
        List<LogProblem> problems = start.damagedSnapshots();
        return new LoadedSnapshot(start.snapshot(), problems.isEmpty() ? null : problems.get(0));
    }

    /**
     * Reads the log as opening would if this were its only snapshot.
     *
     * @param visitor receives the snapshot and the events after it; if the snapshot is damaged, the entire log
     * @throws IOException if a file cannot be read
     */
    public RecoveryReport inspectFrom(String snapshot, LogVisitor visitor, ReplayProgress progress) throws IOException {
        ReadPlan start = loader(visitor, progress).load(List.of(snapshot));
        return examine(start, visitor, progress);
    }

    /**
     * Reads the log, or one segment, to its end, past any damage.
     *
     * @param visitor receives everything intact, in order
     * @throws IOException if a file cannot be read, or the visitor fails
     */
    public ScanReport scan(LogVisitor visitor, ReplayProgress progress) throws IOException {
        ReadPlan start = start(LogVisitor.NONE, progress);
        return new DamageScan(log, segments, visitor, progress).scan(start.firstSequence(), start.store());
    }

    /**
     * Reads, as {@link #scan} does, as much of the log as possible: all of it or, if events are missing that a snapshot
     * covers, that snapshot and the events after it.
     *
     * @throws IOException if a file cannot be read, or the visitor fails
     */
    public ScanReport salvage(LogVisitor visitor, ReplayProgress progress) throws IOException {
        if (isSegment) {
            return new DamageScan(log, segments, visitor, progress).scan(0);
        }
        StoreFile.Look store = StoreFile.look(log);
        String snapshot = new SalvageStart(log, segments, progress).choose();
        if (snapshot != null) {
            SalvageStart.handOn(log, snapshot, visitor);
        }
        long first = snapshot == null ? 1 : SnapshotDescriptor.sequenceOf(snapshot) + 1;
        return new DamageScan(log, segments, visitor, progress).scan(first, store);
    }

    /** The sequence of the last event that a snapshot covers, from the name of its file. */
    public static long sequenceOf(String snapshot) {
        return SnapshotDescriptor.sequenceOf(snapshot);
    }

    /**
     * A length of segments, in bytes, at which one can hold any record of the log: that of the log's longest segment,
     * or a little more.
     *
     * @throws LogException if none of its segments can be recognised
     */
    public int segmentLength() throws IOException {
        return ScannedSegment.of(log, segments).stream()
                .filter(segment -> segment.header() != null)
                .mapToInt(segment -> SegmentDescriptor.lengthToHoldRecordsOf(segment.header()))
                .max()
                .orElseThrow(() -> new LogException(
                        path + ": no segment of a log can be recognised there. Restore it from a copy."));
    }

    /**
     * How much history the log keeps: all if the setting is damaged; none for a single segment file.
     *
     * @throws IOException if a file cannot be read
     */
    public Retention retention() throws IOException {
        if (isSegment) {
            return Retention.NONE;
        }
        StoreFile.Look store = StoreFile.look(log);
        return store.defect() == null ? store.retention() : Retention.ALL;
    }

    /**
     * The names of quarantine files that openings left, and of temporary files that crashes left. None for a single
     * segment file.
     */
    public List<String> strayFiles() throws IOException {
        if (isSegment) {
            return List.of();
        }
        return LogFiles.strays(log);
    }

    /**
     * Keeps stores from opening a log until the result is closed, as far as that is possible without writing.
     *
     * @param path a log directory, or a segment file
     * @throws LogLockedException if a store has the log open
     */
    public static Closeable lockForReading(Path path) throws IOException {
        return LogLock.acquireForReading(
                Files.isDirectory(path) ? path : path.toAbsolutePath().getParent());
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
