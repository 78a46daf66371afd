package dev.poro.engine.tools;

import dev.poro.engine.Change;
import dev.poro.engine.internal.CopiedChange;
import dev.poro.events.ChangeKind;
import dev.poro.events.RawMemory;
import dev.poro.wal.ChangeReader;
import dev.poro.wal.KeptChange;
import dev.poro.wal.LogException;
import dev.poro.wal.ReadOnlyChanges;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Shows changes of keys with a prefix from the change log of a log that is not open here. One thread, used once. */
final class ChangesOfLog {
    /** Values before that are looked up one by one; for more of them, a replay is faster. */
    private static final int MOST_LOOKUPS = 20_000;

    private final ReadOnlyChanges kept;
    private final byte[] prefix;
    private final boolean withBefore;
    /** The values that keys had before the first change that is kept. */
    private final Map<ByteBuffer, byte[]> valuesAtBase = new HashMap<>();

    ChangesOfLog(ReadOnlyChanges kept, byte[] prefix, boolean withBefore) {
        this.kept = kept;
        this.prefix = prefix;
        this.withBefore = withBefore;
    }

    /**
     * Shows the changes from a place on.
     *
     * @return {@code false} if only a replay can tell, and nothing was shown
     * @throws LogException if the change log is damaged, or what is wanted is not kept; some changes may have been
     *     shown
     * @throws IOException from the visitor; {@link ChangeReplay.VisitorFailedException} for its other exceptions
     */
    boolean show(ChangesStart start, ChangeVisitor visitor) throws IOException {
        if (start.last() > 0 && start.last() < Integer.MAX_VALUE) {
            return showLast(start.last(), visitor);
        }
        if (start.last() == Integer.MAX_VALUE) {
            return !kept.isShorterThanLog() && showAfter(kept.base(), Integer.MAX_VALUE, visitor);
        }
        RestorePoint point = start.point();
        if (point == null) {
            return true;
        }
        if (point.isOfSequence()) {
            long before = point.sequence() - 1;
            return before >= kept.base()
                    && before <= kept.lastSequence()
                    && showAfter(before, Integer.MAX_VALUE, visitor);
        }
        KeptChange before = kept.search().lastUntil(point.time() - 1);
        if (before == null) {
            if (kept.base() > 0) {
                kept.search().snapshotUntil(kept.base(), point.time() - 1);
            }
            return showAfter(kept.base(), Integer.MAX_VALUE, visitor);
        }
        return showAfter(before.sequence(), before.index(), visitor);
    }

    private boolean showLast(int limit, ChangeVisitor visitor) throws IOException {
        Deque<Change> last = new ArrayDeque<>();
        kept.search().newestFirst(this::copyIfWanted, kept.lastSequence(), change -> {
            last.addFirst(change);
            return last.size() < limit;
        });
        if ((last.size() < limit && kept.isShorterThanLog()) || !canTellBefore(last)) {
            return false;
        }
        for (Change change : last) {
            show(change, visitor);
        }
        return true;
    }

    private Change copyIfWanted(ChangeReader reader) {
        return isWanted(reader) ? CopiedChange.of(reader) : null;
    }

    private boolean isWanted(ChangeReader reader) {
        return reader.kind() == ChangeKind.CLEARED
                || (reader.keyLength() >= prefix.length
                        && RawMemory.equal(reader.keyAddress(), prefix, 0, prefix.length));
    }

    /** @param index of the change after which to begin; {@link Integer#MAX_VALUE} for all of its event */
    private boolean showAfter(long sequence, int index, ChangeVisitor visitor) throws IOException {
        if (withBefore) {
            Deque<Change> all = new ArrayDeque<>();
            read(sequence, index, reader -> {
                if (isWanted(reader)) {
                    all.add(CopiedChange.of(reader));
                }
                return all.size() <= MOST_LOOKUPS;
            });
            if (!canTellBefore(all)) {
                return false;
            }
            for (Change change : all) {
                show(change, visitor);
            }
            return true;
        }
        read(sequence, index, reader -> {
            if (isWanted(reader)) {
                show(CopiedChange.of(reader), visitor);
            }
            return true;
        });
        return true;
    }

    private void read(long sequence, int index, Reading each) throws IOException {
        boolean isAfterEvent = index == Integer.MAX_VALUE;
        KeptChange last = kept.last();
        long readUpTo = sequence;
        try (ChangeReader reader =
                kept.newReader(isAfterEvent ? sequence + 1 : sequence, isAfterEvent ? 0 : index + 1)) {
            while (reader.next()) {
                readUpTo = reader.sequence();
                if (!each.takes(reader)) {
                    return;
                }
            }
        }
        if (last != null && readUpTo < last.sequence()) {
            throw new LogException("the change log was changed while it was read");
        }
    }

    /** Takes a change, and returns whether it wants more. */
    private interface Reading {
        boolean takes(ChangeReader reader) throws IOException;
    }

    /** Finds the values that are not in the change log, but in the snapshot that it begins with. */
    private boolean canTellBefore(Deque<Change> changes) throws IOException {
        if (!withBefore) {
            return true;
        }
        if (changes.size() > MOST_LOOKUPS) {
            return false;
        }
        long firstSequence = Long.MAX_VALUE;
        for (Change change : changes) {
            if (change.previous() > 0 && change.previous() <= kept.base()) {
                valuesAtBase.put(ByteBuffer.wrap(change.key()), null);
                firstSequence = Math.min(firstSequence, change.sequence());
            }
        }
        if (!valuesAtBase.isEmpty()) {
            kept.search().inSnapshot(valuesAtBase, kept.base(), firstSequence - 1);
        }
        return true;
    }

    private void show(Change change, ChangeVisitor visitor) throws IOException {
        byte[] before = withBefore ? valueBefore(change) : null;
        try {
            visitor.onChange(change, before);
        } catch (RuntimeException e) {
            throw new ChangeReplay.VisitorFailedException(e);
        }
    }

    private byte[] valueBefore(Change change) throws IOException {
        long previous = change.previous();
        if (previous == 0) {
            return null;
        }
        if (previous <= kept.base()) {
            return valuesAtBase.get(ByteBuffer.wrap(change.key()));
        }
        byte[][] value = new byte[1][];
        kept.search().newestFirst(change.key(), previous, found -> {
            if (found.sequence() == previous && found.kind() == ChangeKind.SET) {
                value[0] = found.value();
            }
            return found.sequence() == previous && value[0] == null;
        });
        return value[0];
    }
}
