package dev.poro.engine.tools;

import dev.poro.engine.Change;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.internal.LogProgress;
import dev.poro.wal.LogException;
import dev.poro.wal.LogFollower;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The changes of a log that it does not own, made again by a replay: those that are there, and then those that a store
 * goes on to append. Takes no lock and writes nothing. Needs as much memory as the store, and twice as much if the
 * values before are wanted. What is appended is shown once it is written; a power cut may still take it back. One
 * thread.
 *
 * @see LogHistory#follow
 */
public final class FollowedChanges implements AutoCloseable {
    /** Before all events. */
    private static final RestorePoint NOTHING = RestorePoint.ofSequence(1).before();

    private final Path path;
    private final ChangeFilter filter;
    private final boolean withBefore;
    private final ChangeVisitor visitor;
    private final LogFollower log;
    private ChangeReplay replay;
    private RecoveryReport report;

    private FollowedChanges(
            Path path, LogFollower log, ChangeFilter filter, boolean withBefore, ChangeVisitor visitor) {
        this.path = path;
        this.log = log;
        this.filter = filter;
        this.withBefore = withBefore;
        this.visitor = visitor;
    }

    /** Shows a visitor the changes that are there. */
    static FollowedChanges open(
            Path path,
            ChangesStart start,
            ChangeFilter filter,
            boolean withBefore,
            ChangeVisitor visitor,
            Progress progress)
            throws IOException {
        FollowedChanges changes = null;
        try {
            LogFollower log = LogFollower.of(path, new LogProgress(progress));
            changes = new FollowedChanges(path, log, filter, withBefore, visitor);
            changes.begin(start);
            return changes;
        } catch (IOException | RuntimeException | Error e) {
            long sequence = changes == null ? 0 : changes.lastSequence();
            if (changes != null) {
                changes.close();
            }
            throw failure(path, sequence, e);
        }
    }

    private void begin(ChangesStart start) throws IOException {
        if (start.last() > 0) {
            showLast(start.last());
        } else if (start.point() == null) {
            report = log.readAfter(RestorePoint.LATEST, replayAfter(RestorePoint.LATEST, visitor));
            replay.wantAll();
        } else {
            showFrom(start.point());
        }
    }

    private void showFrom(RestorePoint from) throws IOException {
        report = log.readAfter(from.before(), replayAfter(from.before(), visitor));
        if (from.isOfSequence() && from.sequence() > lastSequence() + 1) {
            throw new LogException(path + ": the log ends with sequence " + lastSequence() + ". There is no sequence "
                    + from.sequence() + " yet.");
        }
    }

    /** After the newest snapshot there may be fewer: then all of the log is read. */
    private void showLast(int limit) throws IOException {
        Deque<Shown> last = new ArrayDeque<>();
        boolean isLimited = limit < Integer.MAX_VALUE;
        if (isLimited) {
            report = log.readAfter(RestorePoint.LATEST, replayAfter(NOTHING, lastOf(limit, last)));
        }
        if (!isLimited || (last.size() < limit && report.snapshot() != null)) {
            last.clear();
            report = log.readAll(replayAfter(NOTHING, lastOf(limit, last)));
        }
        replay.passOnTo(visitor);
        for (Shown shown : last) {
            visitor.onChange(shown.change, shown.before);
        }
    }

    private static ChangeVisitor lastOf(int limit, Deque<Shown> last) {
        return (change, before) -> {
            if (last.size() == limit) {
                last.removeFirst();
            }
            last.addLast(new Shown(change, before));
        };
    }

    private ChangeReplay replayAfter(RestorePoint unwanted, ChangeVisitor to) {
        if (replay != null) {
            replay.close();
        }
        replay = new ChangeReplay(filter, unwanted, withBefore, to);
        return replay;
    }

    /**
     * Shows the visitor the changes that were appended since the last call, if there were any. A store may be open or
     * not, and may be closed and opened again meanwhile.
     *
     * @return whether the log has grown, be it by wanted changes or others
     * @throws PoroException if the log cannot be read, is damaged, was removed or replaced, or what comes next was
     *     released before it was read here; {@link #close} is all that may follow
     * @throws IOException from the visitor
     */
    public boolean showAppended() throws IOException {
        try {
            return log.readAppended(replay);
        } catch (IOException | RuntimeException | Error e) {
            throw failure(path, lastSequence(), e);
        }
    }

    /** The last event whose changes were shown, if it had any that are wanted. */
    public long lastSequence() {
        return replay == null ? 0 : replay.lastSequence();
    }

    /** What reading the log found at first: it is sound, or ends in a tail that opening would cut off. */
    public RecoveryReport log() {
        return report;
    }

    /** Throws what is no failure of the log: that of the visitor. Returns the others, if they are no errors. */
    private static PoroException failure(Path path, long sequence, Throwable e) throws IOException {
        if (e instanceof ChangeReplay.VisitorFailedException failed) {
            throw failed.thrown();
        }
        if (e instanceof StorageException || e instanceof LogException || e instanceof OutOfMemoryError) {
            return PoroException.stopped(path, "reading", sequence, e, LogEvents.REMEDY);
        }
        if (e instanceof IOException ofVisitor) {
            throw ofVisitor;
        }
        if (e instanceof RuntimeException unexpected) {
            throw unexpected;
        }
        throw (Error) e;
    }

    /** Releases the memory, and the file that is being read. Idempotent. */
    @Override
    public void close() {
        if (replay != null) {
            replay.close();
        }
        try {
            log.close();
        } catch (IOException e) {
            throw PoroException.stopped(path, "reading", lastSequence(), e, LogEvents.REMEDY);
        }
    }

    /** What is shown once it is known to be among the last. */
    private static final class Shown {
        private final Change change;
        private final byte[] before;

        Shown(Change change, byte[] before) {
            this.change = change;
            this.before = before;
        }
    }
}
