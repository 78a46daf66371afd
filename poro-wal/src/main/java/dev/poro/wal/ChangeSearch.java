package dev.poro.wal;

import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Finds changes in a change log, newest first, with an index of each file ({@link ChangeIndex}) that is made when it is
 * first needed. Any thread.
 */
public final class ChangeSearch {
    private final Storage storage;
    private final LongSupplier end;
    /** By the number of the file; dropped if memory is short. Guarded by this. */
    private final Map<Long, SoftReference<ChangeIndex>> indexes = new HashMap<>();

    /** @param end where the frames end, as {@link ChangeWriter#end} tells it */
    ChangeSearch(Storage storage, LongSupplier end) {
        this.storage = storage;
        this.end = end;
    }

    /**
     * Shows the changes of a key, and those that cleared everything, newest first.
     *
     * @param upTo the sequence of the newest event that is wanted
     * @param visitor returns whether it wants more
     * @throws LogDamagedException if the change log is damaged
     * @throws ChangesReleasedException if files are deleted meanwhile
     * @throws IOException if reading fails
     */
    public void newestFirst(byte[] key, long upTo, Predicate<KeptChange> visitor) throws IOException {
        long hash = ChangeIndex.hash(key);
        newestFirst(
                (index, block) -> index.mayContain(block, hash),
                reader -> reader.kind() == ChangeKind.CLEARED || reader.hasKey(key) ? KeptChange.of(reader) : null,
                upTo,
                visitor);
    }

    /**
     * Shows what a function makes of changes of all keys, newest first.
     *
     * @param copier returns {@code null} for a change that is not wanted
     * @param upTo the sequence of the newest event that is wanted
     * @param visitor returns whether it wants more
     * @throws LogDamagedException if the change log is damaged
     * @throws ChangesReleasedException if files are deleted meanwhile
     * @throws IOException if reading fails
     */
    public <T> void newestFirst(Function<ChangeReader, T> copier, long upTo, Predicate<T> visitor) throws IOException {
        newestFirst((index, block) -> true, copier, upTo, visitor);
    }

    private <T> void newestFirst(
            BlockCondition mayContain, Function<ChangeReader, T> copier, long upTo, Predicate<T> visitor)
            throws IOException {
        Segments files = files();
        for (int file = files.containing(upTo); file >= 0; file--) {
            ChangeIndex index = indexOf(files.get(file));
            if (file + 1 < files.size() && files.get(file + 1).firstSequence() > 0) {
                requireFollowed(index, files.get(file + 1), file == 0);
            }
            for (int block = index.blocks() - 1; block >= 0; block--) {
                if (index.firstSequence(block) <= upTo
                        && mayContain.isMet(index, block)
                        && !show(read(index, block, copier, upTo), visitor)) {
                    return;
                }
            }
        }
    }

    /** Also of the newest file: what is looked for may be in those that are missing after it, or at its own end. */
    private void requireFollowed(ChangeIndex index, Segments.Segment next, boolean isFirst) throws IOException {
        if (!index.isFollowUnknown()) {
            return;
        }
        try (ChangeReader reader = new ChangeReader(storage, end, () -> Long.MAX_VALUE, 0, 0)) {
            reader.openAt(next.header(), SegmentDescriptor.HEADER_LENGTH);
            if (reader.next()) {
                index.requireFollowedBy(next.header().number, reader.sequenceBefore(), isFirst);
            }
        }
    }

    private static <T> boolean show(Deque<T> newestFirst, Predicate<T> visitor) {
        for (T change : newestFirst) {
            if (!visitor.test(change)) {
                return false;
            }
        }
        return true;
    }

    private <T> Deque<T> read(ChangeIndex index, int block, Function<ChangeReader, T> copier, long upTo)
            throws IOException {
        Deque<T> found = new ArrayDeque<>();
        int end = index.endOf(block);
        try (ChangeReader reader = readerOf(index, block, end)) {
            boolean isThere = reader.next();
            while (isThere && reader.sequence() <= upTo) {
                T copy = copier.apply(reader);
                if (copy != null) {
                    found.addFirst(copy);
                }
                isThere = reader.next();
            }
            if (!isThere) {
                reader.requireEnd(end);
            }
        }
        return found;
    }

    private ChangeReader readerOf(ChangeIndex index, int block, int end) throws IOException {
        long to = index.header().number << Integer.SIZE | end;
        ChangeReader reader = new ChangeReader(storage, () -> to, () -> Long.MAX_VALUE, 0, 0);
        reader.openAt(index.header(), index.offset(block));
        return reader;
    }

    /**
     * The entry that a key has in the newest snapshot of a range of sequences.
     *
     * @return {@code null} if the key is absent there
     * @throws ChangesReleasedException if no intact snapshot in the range is left
     */
    public KeptChange inSnapshot(byte[] key, long from, long to) throws IOException {
        KeptChange[] found = new KeptChange[1];
        readSnapshot(from, to, (reader, record) -> {
            if (record.keyLength() == key.length && RawMemory.equal(record.keyAddress(), key, 0, key.length)) {
                found[0] = entryOf(reader, record);
            }
            return found[0] == null;
        });
        return found[0];
    }

    /**
     * The values that keys have in the newest snapshot of a range of sequences.
     *
     * @param values by key; those of keys that are there are replaced
     * @throws ChangesReleasedException if no intact snapshot in the range is left
     */
    public void inSnapshot(Map<ByteBuffer, byte[]> values, long from, long to) throws IOException {
        readSnapshot(from, to, (reader, record) -> {
            ByteBuffer key = ByteBuffer.wrap(record.key());
            if (values.containsKey(key)) {
                values.put(key, record.value());
            }
            return true;
        });
    }

    private void readSnapshot(long from, long to, EntryVisitor visitor) throws IOException {
        List<String> names = LogFiles.snapshots(storage);
        for (int i = names.size() - 1; i >= 0; i--) {
            long sequence = SnapshotDescriptor.sequenceOf(names.get(i));
            if (sequence >= from && sequence <= to) {
                try (SnapshotReader reader = SnapshotReader.open(storage, names.get(i), WorkerFactory.THREADS)) {
                    while (reader.next()
                            && (reader.record().type() != EventType.SET // a client
                                    || visitor.visit(reader, reader.record()))) {
                        // The visitor has seen it.
                    }
                    return;
                } catch (LogDamagedException damaged) {
                    // An older one has the same entries: no change of the keys is in the range.
                }
            }
        }
        throw new ChangesReleasedException(
                "no intact snapshot from sequence " + from + " to " + to + " is left to begin with");
    }

    /** Sees the entries of a snapshot, and returns whether it wants more. */
    private interface EntryVisitor {
        boolean visit(SnapshotReader reader, RecordFlyweight record);
    }

    private static KeptChange entryOf(SnapshotReader reader, RecordFlyweight record) {
        boolean expires = RecordFlags.expiry(record.flags()) == RecordFlags.ABSOLUTE_EXPIRY;
        return new KeptChange(
                reader.sequence(),
                0,
                ChangeKind.SET,
                record.value(),
                expires ? record.time() : ChangeSink.NO_EXPIRY,
                0,
                reader.header().summary().timestamp(),
                reader.header().latestWallClock(),
                0,
                0);
    }

    /**
     * The sequence of the newest snapshot from a sequence on that was complete by a wall clock: up to its last event it
     * had shown no later time.
     *
     * @throws ChangesReleasedException if there is none
     */
    public long snapshotUntil(long from, long wallClock) throws IOException {
        List<String> names = LogFiles.snapshots(storage);
        for (int i = names.size() - 1; i >= 0 && SnapshotDescriptor.sequenceOf(names.get(i)) >= from; i--) {
            try (StorageFile file = storage.openReadOnly(names.get(i))) {
                if (SnapshotHeader.read(file, names.get(i)).latestWallClock() <= wallClock) {
                    return SnapshotDescriptor.sequenceOf(names.get(i));
                }
            } catch (LogDamagedException damaged) {
                // An older one may do.
            }
        }
        throw new ChangesReleasedException("what is kept begins after " + LogTime.textOf(wallClock));
    }

    /**
     * The sequence of the oldest snapshot from a sequence on.
     *
     * @return {@link Long#MAX_VALUE} if there is none
     */
    public long oldestSnapshotFrom(long sequence) throws IOException {
        for (String name : LogFiles.snapshots(storage)) {
            if (SnapshotDescriptor.sequenceOf(name) >= sequence) {
                return SnapshotDescriptor.sequenceOf(name);
            }
        }
        return Long.MAX_VALUE;
    }

    /**
     * The last change at or before a wall clock: the last one up to which it had shown no later time. {@code null} if
     * there is none in what is kept. Its value is not wanted and may be missing.
     */
    public KeptChange lastUntil(long wallClock) throws IOException {
        return last(
                reader -> reader.latestWallClock() <= wallClock, (index, block) -> index.wallClock(block) <= wallClock);
    }

    /** The last change of an event up to a sequence; {@code null} if there is none in what is kept. */
    public KeptChange lastUpTo(long sequence) throws IOException {
        return last(reader -> reader.sequence() <= sequence, (index, block) -> index.firstSequence(block) <= sequence);
    }

    /**
     * Has a reader begin near the changes of an event, and not at the beginning of their file.
     *
     * @return {@code false} if it has to begin with the first file
     */
    boolean moveNear(ChangeReader reader, long sequence) throws IOException {
        Segments files = files();
        int file = files.containing(sequence - 1);
        if (file < 0) {
            return false;
        }
        ChangeIndex index = indexOf(files.get(file));
        for (int block = index.blocks() - 1; block >= 0; block--) {
            if (index.firstSequence(block) < sequence) {
                reader.openAt(index.header(), index.offset(block));
                return true;
            }
        }
        return false;
    }

    /** The last change that meets a condition, which those after it do not. */
    private KeptChange last(Predicate<ChangeReader> isBefore, BlockCondition beginsBefore) throws IOException {
        Segments files = files();
        for (int file = files.size() - 1; file >= 0; file--) {
            if (files.get(file).firstSequence() == 0) {
                continue;
            }
            ChangeIndex index = indexOf(files.get(file));
            for (int block = index.blocks() - 1; block >= 0; block--) {
                if (beginsBefore.isMet(index, block)) {
                    return lastOf(index, block, isBefore);
                }
            }
        }
        return null;
    }

    private KeptChange lastOf(ChangeIndex index, int block, Predicate<ChangeReader> isBefore) throws IOException {
        KeptChange last = null;
        try (ChangeReader reader = readerOf(index, block, index.endOf(block))) {
            while (reader.next() && isBefore.test(reader)) {
                last = KeptChange.of(reader);
            }
        }
        return last;
    }

    private interface BlockCondition {
        boolean isMet(ChangeIndex index, int block);
    }

    private Segments files() throws IOException {
        Segments files = Segments.readPresent(storage, LogFiles.changeFiles(storage));
        for (Segments.Segment file : files.list()) {
            if (file.defect() != null) {
                throw file.defect();
            }
        }
        return files;
    }

    private ChangeIndex indexOf(Segments.Segment file) throws IOException {
        ChangeIndex index;
        synchronized (this) {
            SoftReference<ChangeIndex> known = indexes.get(file.header().number);
            index = known == null ? null : known.get();
            if (index == null) {
                index = new ChangeIndex(storage, file.header());
                indexes.put(file.header().number, new SoftReference<>(index));
            }
        }
        long to = end.getAsLong();
        long ended = (to >>> Integer.SIZE) - file.header().number;
        // Of a file that has begun without a frame that has ended, nothing is there yet.
        index.readOn(ended > 0 ? Integer.MAX_VALUE : ended == 0 ? (int) to : 0);
        return index;
    }
}
