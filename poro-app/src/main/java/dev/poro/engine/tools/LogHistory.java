package dev.poro.engine.tools;

import dev.poro.engine.Change;
import dev.poro.engine.Entry;
import dev.poro.engine.EntryCursor;
import dev.poro.engine.LogDamage;
import dev.poro.engine.OpeningReport;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.internal.CopiedChange;
import dev.poro.engine.internal.KeyPast;
import dev.poro.engine.internal.LogProgress;
import dev.poro.events.ChangeSink;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.KeptChange;
import dev.poro.wal.LogDamagedException;
import dev.poro.wal.LogException;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReadOnlyChanges;
import dev.poro.wal.ReadOnlyLog;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.RestoreReport;
import dev.poro.wal.SnapshotReport;
import dev.poro.wal.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * Questions about the past of a log that is not open here: a closed one, a backup, or one that another process has
 * open. Each question reads the log as it is then; it takes no lock and writes nothing.
 *
 * <p>A question about changes, or about one key, is answered from the change log, if there is one that has all that
 * the answer needs. Otherwise the log is replayed, with the same answer: that needs as much memory as the store, and as
 * much time as an opening without a snapshot. So do questions about the contents as a whole.
 *
 * <p>A point is a sequence, or a time as for {@link Restore}: the last event by which the system's clock had never
 * shown a later one. At a point, an entry is absent if its expiry is at or before the log time of the last event up to
 * there; if the point is a time and that is later, at or before that time.
 *
 * <p>A log whose first segments were released begins with the oldest snapshot that covers them. An earlier point is an
 * error that names the earliest one, unless the change log reaches back to it; expiries at such a point are judged by
 * the last change up to there.
 *
 * <p>Every question throws a {@link dev.poro.engine.PoroException} if there is no log, it cannot be read, the part of
 * it that is needed is damaged, or it does not reach to the point. Thread-safe.
 */
public final class LogHistory {
    private final Path path;
    private final Progress progress;

    private final boolean isReplaying;

    private LogHistory(Path path, Progress progress, boolean isReplaying) {
        this.path = Objects.requireNonNull(path, "path");
        this.progress = Objects.requireNonNull(progress, "progress");
        this.isReplaying = isReplaying;
    }

    /**
     * The history of a log.
     *
     * @param path the directory of the log
     * @param progress called on the thread that asks
     */
    public static LogHistory of(Path path, Progress progress) {
        return new LogHistory(path, progress, false);
    }

    /** {@link #of} without a look at the change log: the log alone, which is the truth, answers. */
    public static LogHistory byReplay(Path path, Progress progress) {
        return new LogHistory(path, progress, true);
    }

    /**
     * Changes from a place on, in order. A CLEARED concerns every key and passes every prefix.
     *
     * @param prefix of the keys; empty for all
     * @param withBefore whether the visitor gets the values before, too; a replay needs twice the memory for it
     * @throws IOException from the visitor
     */
    public ChangesRead changes(ChangesStart start, byte[] prefix, boolean withBefore, ChangeVisitor visitor)
            throws IOException {
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(prefix, "prefix");
        OnceVisitor once = new OnceVisitor(Objects.requireNonNull(visitor, "visitor"));
        return ask(
                null,
                kept -> {
                    boolean isAnswered = new ChangesOfLog(kept, prefix, withBefore).show(start, once);
                    return isAnswered ? new ChangesRead(kept.log(), false, null) : null;
                },
                damage -> {
                    try (FollowedChanges changes = follow(start, prefix, withBefore, once)) {
                        return new ChangesRead(changes.log(), true, damage);
                    }
                });
    }

    /**
     * What reading changes found.
     *
     * @param log sound, or ending in a tail that opening would cut off, of which nothing was shown
     * @param isReplayed whether the log was replayed
     * @param changesDamage of the change log, because of which it was; {@code null} if there is none
     */
    public record ChangesRead(RecoveryReport log, boolean isReplayed, LogDamage changesDamage) {}

    /** Asks the change log, or replays. */
    private <T> T ask(byte[] key, FromChanges<T> fromChanges, ByReplay<T> byReplay) throws IOException {
        LogDamage damage = null;
        try {
            ReadOnlyChanges kept = isReplaying ? null : ReadOnlyChanges.open(path, key);
            T answer = kept == null ? null : fromChanges.ask(kept);
            if (answer != null) {
                return answer;
            }
        } catch (LogDamagedException e) {
            damage = new LogDamage(e.file(), e.offset(), 0, e.defect());
        } catch (StorageException e) {
            damage = new LogDamage(path.toString(), 0, 0, String.valueOf(e.getMessage()));
        } catch (LogException missing) {
            // The replay will find what the change log does not have, or say why there is no log.
        } catch (ChangeReplay.VisitorFailedException e) {
            throw e.thrown();
        }
        return byReplay.ask(damage);
    }

    /** Answers from a change log; {@code null} if that has not all that the answer needs. */
    private interface FromChanges<T> {
        T ask(ReadOnlyChanges kept) throws IOException;
    }

    /** Answers from a replay, after the change log was found damaged or incomplete. */
    private interface ByReplay<T> {
        T ask(LogDamage damage) throws IOException;
    }

    /** Passes each change on once, also if reading the change log has failed and a replay begins anew. */
    private static final class OnceVisitor implements ChangeVisitor {
        private final ChangeVisitor visitor;
        private long sequence;
        private int index = -1;

        OnceVisitor(ChangeVisitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public void onChange(Change change, byte[] before) throws IOException {
            if (change.sequence() < sequence || (change.sequence() == sequence && change.index() <= index)) {
                return;
            }
            sequence = change.sequence();
            index = change.index();
            visitor.onChange(change, before);
        }
    }

    /**
     * {@link #changes}, always by a replay, and after them what a store appends to the log, whenever
     * {@link FollowedChanges#showAppended} is called.
     *
     * @throws IOException from the visitor
     */
    public FollowedChanges follow(ChangesStart start, byte[] prefix, boolean withBefore, ChangeVisitor visitor)
            throws IOException {
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(prefix, "prefix");
        Objects.requireNonNull(visitor, "visitor");
        return FollowedChanges.open(path, start, ChangeFilter.ofPrefix(prefix), withBefore, visitor, progress);
    }

    /**
     * The last changes of a key, newest first, as of an open store. A CLEARED is one of them if the key was present.
     *
     * @param limit how many at most, 1 or more
     */
    public KeyHistory history(byte[] key, int limit) {
        Objects.requireNonNull(key, "key");
        ChangesStart start = ChangesStart.last(limit);
        return withoutVisitor(() -> ask(
                key,
                kept -> {
                    List<KeptChange> found =
                            new KeyPast(kept.search(), kept.base(), key).history(kept.lastSequence(), limit);
                    if (found.size() < limit && kept.isShorterThanLog()) {
                        return null;
                    }
                    List<Change> changes = found.stream()
                            .map(change -> CopiedChange.of(key.clone(), change))
                            .toList();
                    return new KeyHistory(changes, kept.log(), kept.base(), null, false, null);
                },
                damage -> replayedHistory(key, start, damage)));
    }

    private KeyHistory replayedHistory(byte[] key, ChangesStart start, LogDamage damage) throws IOException {
        Deque<Change> changes = new ArrayDeque<>();
        ChangeVisitor visitor = (change, before) -> changes.addFirst(change);
        try (FollowedChanges read =
                FollowedChanges.open(path, start, ChangeFilter.ofKey(key), false, visitor, progress)) {
            SnapshotReport begin = read.log().snapshot();
            return new KeyHistory(
                    List.copyOf(changes),
                    read.log(),
                    begin == null ? 0 : begin.summary().sequence(),
                    begin == null ? null : Instant.ofEpochMilli(begin.latestWallClock()),
                    true,
                    damage);
        }
    }

    private static <T> T withoutVisitor(Callable<T> question) {
        try {
            return question.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("the visitor throws none", e);
        }
    }

    /**
     * The history of a key.
     *
     * @param changes the newest first
     * @param log what reading the log found: it is sound, or ends in a tail that opening would cut off
     * @param begin changes were looked for after this sequence; 0 for the first event of the log
     * @param beginTime the latest that the system's clock had shown up to there; {@code null} if that is unknown, or
     *     there is nothing before
     * @param isReplayed whether the log was replayed
     * @param changesDamage of the change log, because of which it was; {@code null} if there is none
     */
    public record KeyHistory(
            List<Change> changes,
            RecoveryReport log,
            long begin,
            Instant beginTime,
            boolean isReplayed,
            LogDamage changesDamage) {}

    /** What was under a key at a point; {@code null} if the key was absent. */
    public Entry getAt(byte[] key, RestorePoint point) {
        return entryAt(key, point).entry();
    }

    /** {@link #getAt}, and how it was found. */
    public EntryAt entryAt(byte[] key, RestorePoint point) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(point, "point");
        return withoutVisitor(() -> ask(key, kept -> entryAt(kept, key, point), damage -> {
            try (ReadOnlyStore contents = contentsAt(point)) {
                return new EntryAt(contents.entry(key), leftOutOf(contents), true, damage);
            }
        }));
    }

    private static List<LogDamage> leftOutOf(ReadOnlyStore contents) {
        LogDamage tail = contents.opening().tail();
        return tail == null ? contents.leftOut() : List.of(tail);
    }

    /** Returns {@code null} if only a replay can tell. */
    private EntryAt entryAt(ReadOnlyChanges kept, byte[] key, RestorePoint point) throws IOException {
        if (point.equals(RestorePoint.LATEST)) {
            return null;
        }
        KeptChange last = point.isOfTime()
                ? kept.search().lastUntil(point.time())
                : kept.search().lastUpTo(point.sequence());
        if (last != null && last.sequence() > kept.lastSequence()) {
            last = kept.last();
        }
        long known = last == null ? kept.base() : last.sequence();
        if (last == null && known > 0 && point.isOfTime()) {
            known = kept.search().snapshotUntil(known, point.time());
        }
        TimeOfLastEvent time = new TimeOfLastEvent(last == null ? Long.MIN_VALUE : last.timestamp());
        RestoreReport found = ReadOnlyLog.find(path, point, known, time, new LogProgress(progress));
        if (found == null && known == 0) {
            return null;
        }
        long unread = point.isOfTime() ? known : point.sequence();
        KeptChange then =
                new KeyPast(kept.search(), kept.base(), key).lastUpTo(found == null ? unread : found.lastSequence());
        if (then == null || !KeyPast.isPresentAt(timeOf(point, time, then), then)) {
            return new EntryAt(null, leftOutOf(found), false, null);
        }
        return new EntryAt(entryOf(then), leftOutOf(found), false, null);
    }

    /** By which an expiry is judged. The entry of a snapshot may have expired by then. */
    private static long timeOf(RestorePoint point, TimeOfLastEvent last, KeptChange then) {
        long time = Math.max(last.millis, then.timestamp());
        return point.isOfTime() ? Math.max(time, point.time()) : time;
    }

    private static List<LogDamage> leftOutOf(RestoreReport found) {
        return found == null
                ? List.of()
                : found.leftOut().stream()
                        .map(part -> new LogDamage(part.file(), part.offset(), part.bytes(), part.cause()))
                        .toList();
    }

    private static Entry entryOf(KeptChange set) {
        Instant expiry = set.expiry() == ChangeSink.NO_EXPIRY ? null : Instant.ofEpochMilli(set.expiry());
        return new Entry(set.value(), set.sequence(), expiry);
    }

    private static final class TimeOfLastEvent implements LogVisitor {
        private long millis;

        /** @param millis of the last event that is known */
        TimeOfLastEvent(long millis) {
            this.millis = millis;
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            millis = Math.max(millis, timestamp);
        }
    }

    /**
     * What was under a key at a point.
     *
     * @param entry {@code null} if the key was absent
     * @param leftOut what may belong before the point and was left out, as {@link ReadOnlyStore#leftOut} and {@link
     *     OpeningReport#tail} say
     * @param isReplayed whether the log was replayed
     * @param changesDamage of the change log, because of which it was; {@code null} if there is none
     */
    public record EntryAt(Entry entry, List<LogDamage> leftOut, boolean isReplayed, LogDamage changesDamage) {}

    /**
     * Visits every entry that was there at a point, in no particular order.
     *
     * @param prefix of the keys; empty for all
     * @return the sequence of the last event up to the point: what happened after that are the changes from the next
     *     one on
     */
    public long forEachAt(RestorePoint point, byte[] prefix, BiConsumer<byte[], Entry> visitor) {
        Objects.requireNonNull(visitor, "visitor");
        try (ReadOnlyStore contents = contentsAt(point);
                EntryCursor cursor = contents.scan().prefix(prefix).open()) {
            while (cursor.next()) {
                visitor.accept(cursor.key(), cursor.entry());
            }
            return contents.opening().lastSequence();
        }
    }

    /** The contents at a point, which the caller closes. {@link RestorePoint#LATEST} is now. */
    public ReadOnlyStore contentsAt(RestorePoint point) {
        if (Objects.requireNonNull(point, "point").isOfSequence()) {
            return ReadOnlyStore.openAt(path, point.sequence(), progress);
        }
        return point.isOfTime()
                ? ReadOnlyStore.openAt(path, Instant.ofEpochMilli(point.time()), progress)
                : ReadOnlyStore.open(path, progress);
    }

    /**
     * How the contents at two points differ: in no particular order, first the keys that were there at the first point.
     * An entry that was written again with the same value and expiry does not differ. Needs the memory of both.
     *
     * @param prefix of the keys; empty for all
     * @return what may belong before one of the points and was left out, see {@link ReadOnlyStore#leftOut}
     * @throws IOException from the visitor
     */
    public List<LogDamage> diff(RestorePoint first, RestorePoint second, byte[] prefix, DifferenceVisitor visitor)
            throws IOException {
        Objects.requireNonNull(visitor, "visitor");
        try (ReadOnlyStore before = contentsAt(first);
                ReadOnlyStore after = contentsAt(second)) {
            try (EntryCursor cursor = before.scan().prefix(prefix).open()) {
                while (cursor.next()) {
                    Entry was = cursor.entry();
                    Entry is = after.entry(cursor.key());
                    if (is == null || differ(was, is)) {
                        visitor.onDifference(cursor.key(), was, is);
                    }
                }
            }
            try (EntryCursor cursor = after.scan().prefix(prefix).open()) {
                while (cursor.next()) {
                    if (before.entry(cursor.key()) == null) {
                        visitor.onDifference(cursor.key(), null, cursor.entry());
                    }
                }
            }
            return Stream.of(before, after)
                    .flatMap(contents -> contents.leftOut().stream())
                    .distinct()
                    .toList();
        }
    }

    private static boolean differ(Entry one, Entry other) {
        return one.sequence() != other.sequence()
                && !(Arrays.equals(one.value(), other.value()) && one.expiry().equals(other.expiry()));
    }

    /** Receives the keys that differ between two points. */
    @FunctionalInterface
    public interface DifferenceVisitor {
        /**
         * A key that was added, removed or changed.
         *
         * @param before {@code null} if the key was absent
         * @param after {@code null} if the key was absent
         * @throws IOException if the visitor cannot go on
         */
        void onDifference(byte[] key, Entry before, Entry after) throws IOException;
    }
}
