package dev.poro.engine;

import dev.poro.engine.internal.CopiedChange;
import dev.poro.events.ChangeKind;
import dev.poro.statemachine.EntryDetails;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.ChangeLog;
import dev.poro.wal.ChangesReleasedException;
import dev.poro.wal.KeptChange;
import dev.poro.wal.LogException;
import dev.poro.wal.storage.Uninterrupted;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** What keys of an open store had in the past, from its change log. Thread-safe. */
final class Past {
    private final Path path;
    /** {@code null} if there is no change log. */
    private final ChangeSource source;

    private final StateMachine stateMachine;
    private final Publisher publisher;
    private final HandlerRunner runner;

    Past(Path path, ChangeSource source, StateMachine stateMachine, Publisher publisher, HandlerRunner runner) {
        this.path = path;
        this.source = source;
        this.stateMachine = stateMachine;
        this.publisher = publisher;
        this.runner = runner;
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
            return valueAt(changes, key, sequence, last == null ? Long.MIN_VALUE : last.timestamp());
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
            KeptChange last = changes.search().lastUntil(millis);
            if (last != null) {
                return valueAt(changes, key, last.sequence(), Math.max(millis, last.timestamp()));
            }
            long base = changes.base();
            return base == 0 ? null : valueAt(changes, key, changes.search().snapshotUntil(base, millis), millis);
        });
    }

    private static byte[] replayed(Supplier<ReadOnlyStore> opening, byte[] key) {
        return Uninterrupted.call(() -> {
            try (ReadOnlyStore then = opening.get()) {
                return then.get(key);
            }
        });
    }

    /** @param time by which its expiry is judged, in milliseconds since 1970 */
    private byte[] valueAt(ChangeLog changes, byte[] key, long sequence, long time) throws IOException {
        EntryDetails details = new EntryDetails();
        byte[] now = stateMachine.get(key, details);
        if (now != null && details.sequence() <= sequence) {
            return details.expires() && details.expiry() <= time ? null : now; // it is that entry still
        }
        List<KeptChange> found = new ArrayList<>();
        if (sequence > changes.base()) {
            changes.search().newestFirst(key, sequence, change -> {
                found.add(change);
                return false;
            });
        }
        KeptChange then = found.isEmpty() ? atBase(changes, key, sequence) : found.get(0);
        // The entry of a snapshot may have expired by then, and no change that is kept says how late it was.
        return then != null && isPresent(then, Math.max(time, then.timestamp())) ? then.value() : null;
    }

    /** Whether a key is present after its last change. */
    private static boolean isPresent(KeptChange last, long time) {
        return last.kind() == ChangeKind.SET && (last.expiry() < 0 || last.expiry() > time);
    }

    private static KeptChange atBase(ChangeLog changes, byte[] key, long sequence) throws IOException {
        long base = changes.base();
        if (base == 0 && sequence >= 0) {
            return null; // the change log begins with the first event
        }
        return changes.search().inSnapshot(key, base, sequence);
    }

    List<Change> history(byte[] key, int limit) {
        Objects.requireNonNull(key, "key");
        if (limit < 1) {
            throw new IllegalArgumentException("a history of " + limit + " changes: 1 or more");
        }
        ChangeLog changes = upToDate();
        return reading(stateMachine.appliedSequence(), () -> {
            List<KeptChange> found = new ArrayList<>();
            // Of those that cleared everything, those count that the key was present for.
            List<KeptChange> cleared = new ArrayList<>();
            changes.search().newestFirst(key, Long.MAX_VALUE, change -> {
                if (change.kind() == ChangeKind.CLEARED) {
                    cleared.clear();
                    cleared.add(change);
                    return true;
                }
                if (!cleared.isEmpty() && isPresent(change, cleared.get(0).timestamp())) {
                    found.add(cleared.get(0));
                }
                cleared.clear();
                if (found.size() < limit) {
                    found.add(change);
                }
                return found.size() < limit;
            });
            if (!cleared.isEmpty() && wasThereAtBase(changes, key, cleared.get(0))) {
                found.add(cleared.get(0));
            }
            return found.stream().map(change -> changeOf(key, change)).toList();
        });
    }

    /** Whether the store had a key when it was cleared, though no change before that is kept. */
    private static boolean wasThereAtBase(ChangeLog changes, byte[] key, KeptChange clear) throws IOException {
        try {
            KeptChange then = atBase(changes, key, clear.sequence() - 1);
            return then != null && isPresent(then, clear.timestamp());
        } catch (ChangesReleasedException noSnapshot) {
            return false; // this is as far back as it goes
        }
    }

    private static Change changeOf(byte[] key, KeptChange change) {
        return CopiedChange.of(
                change.sequence(),
                change.index(),
                change.kind(),
                key.clone(),
                change.value(),
                change.expiry(),
                change.previous(),
                change.timestamp(),
                change.latestWallClock());
    }

    /** The change log, with the changes of all events that have happened. */
    private ChangeLog upToDate() {
        if (source == null) {
            throw ChangeSource.none(path);
        }
        runner.awaitApplied(publisher.publishCancelled());
        PoroException behind = source.behind();
        if (behind != null) {
            throw behind;
        }
        return source.log();
    }

    private <T> T reading(long latest, Question<T> question) {
        try {
            return Uninterrupted.call(question::answer);
        } catch (ChangesReleasedException e) {
            throw new PositionLostException(
                    path + ": " + e.getMessage() + ". Changes are kept from sequence " + (source.base() + 1) + " on.",
                    source.base() + 1,
                    latest,
                    e);
        } catch (IOException | LogException e) {
            throw new PoroException(path + ": " + e.getMessage(), e);
        }
    }

    /** Reads the change log. */
    private interface Question<T> {
        T answer() throws IOException;
    }
}
