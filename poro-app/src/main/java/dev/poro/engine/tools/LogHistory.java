package dev.poro.engine.tools;

import dev.poro.engine.Change;
import dev.poro.engine.Entry;
import dev.poro.engine.EntryCursor;
import dev.poro.engine.LogDamage;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * Questions about the past of a log that is not open here: a closed one, a backup, or one that another process has
 * open. Each question reads the log as it is then; it takes no lock and writes nothing. The log is replayed, so a
 * question needs as much memory as the store, and as much time as an opening without a snapshot.
 *
 * <p>A point is a sequence, or a time as for {@link Restore}: the last event by which the system's clock had never
 * shown a later one. At a point, an entry is absent if its expiry is at or before the log time of the last event up to
 * there; if the point is a time and that is later, at or before that time.
 *
 * <p>A log whose first segments were released begins with the oldest snapshot that covers them. An earlier point is an
 * error that names the earliest one.
 *
 * <p>Every question throws a {@link dev.poro.engine.PoroException} if there is no log, it cannot be read, the part of
 * it that is needed is damaged, or it does not reach to the point. Thread-safe.
 */
public final class LogHistory {
    private final Path path;
    private final Progress progress;

    private LogHistory(Path path, Progress progress) {
        this.path = path;
        this.progress = progress;
    }

    /**
     * The history of a log.
     *
     * @param path the directory of the log
     * @param progress called on the thread that asks
     */
    public static LogHistory of(Path path, Progress progress) {
        return new LogHistory(Objects.requireNonNull(path, "path"), Objects.requireNonNull(progress, "progress"));
    }

    /**
     * Every change from a point on, in order. A CLEARED concerns every key and passes every prefix.
     *
     * @param prefix of the keys; empty for all
     * @param withBefore whether the visitor gets the values before, too; needs twice the memory
     * @return what reading the log found; if it ends in a tail that opening would cut off, that was not shown
     * @throws IOException from the visitor
     */
    public RecoveryReport changes(RestorePoint from, byte[] prefix, boolean withBefore, ChangeVisitor visitor)
            throws IOException {
        try (FollowedChanges changes = follow(ChangesStart.at(from), prefix, withBefore, visitor)) {
            return changes.log();
        }
    }

    /**
     * {@link #changes}, and after them what a store appends to the log, whenever
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
        Deque<Change> changes = new ArrayDeque<>();
        ChangeVisitor visitor = (change, before) -> changes.addFirst(change);
        try (FollowedChanges read = FollowedChanges.open(
                path, ChangesStart.last(limit), ChangeFilter.ofKey(key), false, visitor, progress)) {
            return new KeyHistory(List.copyOf(changes), read.log());
        } catch (IOException e) {
            throw new AssertionError("the visitor throws none", e);
        }
    }

    /**
     * The history of a key.
     *
     * @param changes the newest first
     * @param log what reading the log found. Its snapshot is where the changes were looked for from on; {@code null} if
     *     that is the first event of the log
     */
    public record KeyHistory(List<Change> changes, RecoveryReport log) {}

    /** What was under a key at a point; {@code null} if the key was absent. */
    public Entry getAt(byte[] key, RestorePoint point) {
        Objects.requireNonNull(key, "key");
        try (ReadOnlyStore contents = contentsAt(point)) {
            return contents.entry(key);
        }
    }

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
