package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads the newest snapshot that is intact and that the log continues from. A damaged snapshot is skipped in favour of
 * an older one, or of the log from its first event on. If neither will do, reading the log reports what is missing.
 * Writes nothing. Used once.
 */
final class SnapshotLoader {
    private static final int BYTES_PER_PROGRESS = 4 << 20;

    private final Storage storage;
    private final LogVisitor visitor;
    private final ReplayProgress progress;
    private final WorkerFactory workers;
    private final StoreFile.Look store;
    private final Segments segments;
    private final List<LogProblem> problems = new ArrayList<>();
    private final List<String> damaged = new ArrayList<>();
    private long forced;

    /** @param workers one of them reads ahead */
    SnapshotLoader(Storage storage, LogVisitor visitor, ReplayProgress progress, WorkerFactory workers)
            throws IOException {
        this(storage, StoreFile.look(storage), Segments.read(storage), visitor, progress, workers);
    }

    /** @param store read before the segments were */
    SnapshotLoader(
            Storage storage,
            StoreFile.Look store,
            Segments segments,
            LogVisitor visitor,
            ReplayProgress progress,
            WorkerFactory workers) {
        this.storage = storage;
        this.visitor = visitor;
        this.progress = progress;
        this.workers = workers;
        this.store = store;
        this.segments = segments;
    }

    /** Loads a snapshot, and returns where reading continues. */
    ReadPlan load() throws IOException {
        return load(LogFiles.snapshots(storage));
    }

    /**
     * Loads the newest intact one of some snapshots, and returns where reading continues.
     *
     * @param names of their files, oldest first
     */
    ReadPlan load(List<String> names) throws IOException {
        if (names.isEmpty()) {
            return ReadPlan.withFirst(segments, store);
        }
        for (int i = names.size() - 1; i >= 0; i--) {
            long next = SnapshotDescriptor.sequenceOf(names.get(i)) + 1;
            int segment = segments.containing(next);
            SnapshotReport loaded = tryToLoad(names.get(i), segment >= 0);
            if (loaded != null) {
                return new ReadPlan(
                        segments.between(segment, segments.size()), next, loaded, problems, damaged, forced, store);
            }
        }
        return new ReadPlan(segments, 1, null, problems, damaged, forced, store);
    }

    /**
     * Returns where to begin to read all of a log: at its first event or, if its first segments were deleted, at the
     * first event that is left. In that case it loads the oldest snapshot that covers what came before.
     */
    ReadPlan loadForHistory() throws IOException {
        boolean isReleased = !segments.isEmpty()
                && SegmentDescriptor.numberOf(segments.get(0).name()) > 1;
        SnapshotReport oldest = null;
        for (String name : LogFiles.snapshots(storage)) {
            boolean isCovered = segments.containing(SnapshotDescriptor.sequenceOf(name) + 1) >= 0;
            SnapshotReport loaded = tryToLoad(name, isReleased && oldest == null && isCovered);
            oldest = oldest == null ? loaded : oldest;
        }
        long first = oldest == null ? 1 : oldest.summary().sequence() + 1;
        return new ReadPlan(segments, first, oldest, problems, damaged, forced, store);
    }

    /** Returns {@code null} if the snapshot is damaged, or the log does not reach back to it. */
    private SnapshotReport tryToLoad(String name, boolean isCovered) throws IOException {
        try (SnapshotReader reader = SnapshotReader.open(storage, name, workers)) {
            Long logId = segments.logId();
            if (logId != null && reader.header().logId() != logId) {
                return damaged(name, SnapshotDescriptor.LOG_ID_OFFSET, "the snapshot belongs to another log");
            }
            forced = Math.max(forced, SnapshotDescriptor.sequenceOf(name));
            return isCovered ? load(name, reader) : null;
        } catch (LogDamagedException e) {
            forced = Math.max(forced, SnapshotDescriptor.sequenceOf(name));
            return damaged(name, e.offset(), e.defect());
        }
    }

    private SnapshotReport load(String name, SnapshotReader reader) throws IOException {
        boolean whole = false;
        boolean telling = false;
        progress.onStep(ReplayProgress.Step.LOADING_SNAPSHOT);
        try {
            visitor.onSnapshot(SnapshotReport.of(reader.header(), reader.length()));
            long shown = 0;
            while (reader.next()) {
                visitor.onEntry(reader.sequence(), reader.record());
                if (reader.offset() - shown >= BYTES_PER_PROGRESS) {
                    shown = reader.offset();
                    telling = true;
                    progress.onProgress(
                            shown, reader.length(), reader.header().summary().sequence());
                    telling = false;
                }
            }
            visitor.onSnapshotEnd();
            whole = true;
            return SnapshotReport.of(reader.header(), reader.length());
        } catch (LogDamagedException e) {
            throw e;
        } catch (RuntimeException refused) {
            if (telling) {
                throw refused; // by the progress listener, not by the visitor
            }
            return damaged(name, reader.offset(), String.valueOf(refused.getMessage()));
        } finally {
            if (!whole) {
                visitor.onSnapshotBroken();
            }
        }
    }

    private SnapshotReport damaged(String name, long offset, String cause) {
        damaged.add(name);
        problems.add(new LogProblem(storage.describe(name), offset, 0, LogProblem.NONE, LogProblem.NONE, cause));
        return null;
    }
}
