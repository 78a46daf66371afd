package dev.poro.engine;

import dev.poro.engine.internal.CopiedChange;
import dev.poro.engine.internal.KeyPast;
import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import dev.poro.statemachine.EntryDetails;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.ChangeLog;
import dev.poro.wal.ChangesReleasedException;
import dev.poro.wal.KeptChange;
import dev.poro.wal.LogException;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.storage.Uninterrupted;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** What keys of an open store had in the past, from its change log. Thread-safe. */
final class Past {
    private final Path path;
    /** {@code null} if there is no change log. */
    private final ChangeSource source;

    private final String whyNone;
    private final StateMachine stateMachine;
    private final Publisher publisher;
    private final HandlerRunner runner;
    private final StoreErrors errors;

    /** @param whyNone see {@link ChangeSource#none} */
    Past(
            Path path,
            ChangeSource source,
            String whyNone,
            StateMachine stateMachine,
            Publisher publisher,
            HandlerRunner runner,
            StoreErrors errors) {
        this.path = path;
        this.source = source;
        this.whyNone = whyNone;
        this.stateMachine = stateMachine;
        this.publisher = publisher;
        this.runner = runner;
        this.errors = errors;
    }

    byte[] getAt(byte[] key, long sequence) {
        Objects.requireNonNull(key, "key");
        long latest = stateMachine.appliedSequence();
        if (sequence < 0 || sequence > latest) {
            throw new IllegalArgumentException("sequence " + sequence + ": the store has 0 to " + latest);
        }
        if (source == null) {
            return sequence == 0 ? null : replayed(() -> ReadOnlyStore.openAt(path, sequence, Progress.NONE), key);
        }
        ChangeLog changes = upToDate();
        return reading(latest, () -> {
            KeptChange last = changes.search().lastUpTo(sequence);
            long known = last == null ? changes.base() : last.sequence();
            long knownTime = last == null ? Long.MIN_VALUE : last.timestamp();
            return valueAt(changes, key, RestorePoint.ofSequence(sequence), sequence, known, knownTime);
        });
    }

    byte[] getAt(byte[] key, Instant time) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(time, "time");
        long millis = Operations.millisOf(time);
        if (source == null) {
            return replayed(() -> ReadOnlyStore.openAt(path, time, Progress.NONE), key);
        }
        ChangeLog changes = upToDate();
        return reading(stateMachine.appliedSequence(), () -> {
            RestorePoint point = RestorePoint.ofTime(millis);
            KeptChange last = changes.search().lastUntil(millis);
            if (last != null) {
                long knownTime = Math.max(millis, last.timestamp());
                return valueAt(changes, key, point, last.sequence(), last.sequence(), knownTime);
            }
            long base = changes.base();
            if (base == 0) {
                return null;
            }
            long snapshot = changes.search().snapshotUntil(base, millis);
            return valueAt(changes, key, point, snapshot, snapshot, millis);
        });
    }

    private static byte[] replayed(Supplier<ReadOnlyStore> opening, byte[] key) {
        return Uninterrupted.call(() -> {
            try (ReadOnlyStore then = opening.get()) {
                return then.get(key);
            }
        });
    }

    /**
     * The value at a point. Its expiry is judged by the log time of the last event up to there, or by the point itself
     * if that is a later time.
     *
     * @param sequence of the last change up to the point, or any from there on up to the point
     * @param known the sequence of an event up to the point, and {@code knownTime} its log time or a later one that
     *     the point is not before
     */
    private byte[] valueAt(ChangeLog changes, byte[] key, RestorePoint point, long sequence, long known, long knownTime)
            throws IOException {
        EntryDetails details = new EntryDetails();
        byte[] now = stateMachine.get(key, details);
        if (now != null && details.sequence() <= sequence) { // it is that entry still
            long expiry = details.expires() ? details.expiry() : ChangeSink.NO_EXPIRY;
            return isExpired(expiry, point, known, knownTime) ? null : now;
        }
        KeptChange then = new KeyPast(changes.search(), changes.base(), key).lastUpTo(sequence);
        // The entry of a snapshot may have expired by then, and no change that is kept says how late it was.
        return then != null
                        && then.kind() == ChangeKind.SET
                        && !isExpired(then.expiry(), point, known, Math.max(knownTime, then.timestamp()))
                ? then.value()
                : null;
    }

    /** The last event up to the point is looked for only if it matters. */
    private boolean isExpired(long expiry, RestorePoint point, long known, long knownTime) throws IOException {
        if (expiry == ChangeSink.NO_EXPIRY || expiry <= knownTime || expiry > source.now()) {
            return expiry != ChangeSink.NO_EXPIRY && expiry <= knownTime;
        }
        return expiry <= source.timeOfLastEvent(point, known, knownTime);
    }

    List<Change> history(byte[] key, int limit) {
        Objects.requireNonNull(key, "key");
        if (limit < 1) {
            throw new IllegalArgumentException("a history of " + limit + " changes: 1 or more");
        }
        ChangeLog changes = upToDate();
        return reading(stateMachine.appliedSequence(), () -> {
            KeyPast past = new KeyPast(changes.search(), changes.base(), key);
            return past.history(Long.MAX_VALUE, limit).stream()
                    .map(change -> CopiedChange.of(key.clone(), change))
                    .toList();
        });
    }

    /** The change log, with the changes of all events that have happened. */
    private ChangeLog upToDate() {
        if (source == null) {
            throw ChangeSource.none(path, whyNone);
        }
        try {
            runner.awaitApplied(publisher.publishCancelled());
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault); // this thread has run the handlers
        }
        PoroException behind = source.behind();
        if (behind != null) {
            throw behind;
        }
        return source.log();
    }

    private <T> T reading(long latest, Question<T> question) {
        return Uninterrupted.call(() -> {
            try {
                return question.answer();
            } catch (ChangesReleasedException e) {
                throw lost(latest, e);
            } catch (IOException | LogException e) {
                throw new PoroException(path + ": " + e.getMessage(), e);
            }
        });
    }

    /** The contents are known from the first snapshot on that all later changes are kept after. */
    private PositionLostException lost(long latest, ChangesReleasedException cause) {
        long base = source.base();
        long earliest;
        try {
            earliest = base == 0 ? 1 : source.log().search().oldestSnapshotFrom(base);
        } catch (IOException e) {
            earliest = Long.MAX_VALUE;
        }
        return new PositionLostException(
                path + ": " + cause.getMessage() + ". Changes are kept from sequence " + (base + 1) + " on"
                        + (earliest == Long.MAX_VALUE
                                ? ", but no snapshot that they follow."
                                : ", and the contents are known from sequence " + earliest + " on."),
                earliest,
                latest,
                cause);
    }

    /** Reads the change log. */
    private interface Question<T> {
        T answer() throws IOException;
    }
}
