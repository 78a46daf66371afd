package dev.poro.server;

import dev.poro.engine.Change;
import dev.poro.engine.ChangeFeed;
import dev.poro.engine.Changes;
import dev.poro.engine.Poro;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** The entries of a stream between two IDs, as it is when the command begins. */
final class ChangeRange {
    /** How many sequences a search for the last entries begins with, and how many times more it then takes. */
    private static final long FIRST_SPAN = 1_024;

    private static final int GROWTH = 8;

    /** Bytes that a change takes beside key and value, about. */
    private static final int CHANGE_OVERHEAD = 100;

    private final Poro poro;
    private final ChangeStream stream;
    private final ChangeId first;
    private final ChangeId last;
    private final boolean isEmpty;
    private final long count;
    private final long mostBytes;

    /** @throws dev.poro.engine.PositionLostException if a bound is the ID of a change of another branch */
    ChangeRange(ClientSession session, ChangeStream stream, Bounds bounds, long count) {
        this.poro = session.server().poro();
        this.stream = stream;
        this.first = bounds.first();
        long now = poro.changes().now().sequence();
        ChangeStream.requireOwn(poro, bounds.first());
        ChangeStream.requireOwn(poro, bounds.last());
        this.last = bounds.last().sequence() > now ? new ChangeId(now, Integer.MAX_VALUE) : bounds.last();
        this.isEmpty = bounds.isEmpty() || bounds.last().isBefore(first);
        this.count = count;
        this.mostBytes = session.maxReplyLength();
    }

    /** The first entries, in order; {@code null} if they are too long. */
    List<ChangeStream.Entry> firstOnes() {
        List<ChangeStream.Entry> found = new ArrayList<>();
        if (isEmpty) {
            return found;
        }
        long bytes = 0;
        try (ChangeFeed feed = from(first)) {
            Change change = next(feed);
            while (change != null && found.size() < count) {
                ChangeStream.Entry entry = stream.entry(poro, change);
                bytes += entry.length();
                if (bytes > mostBytes) {
                    return null;
                }
                found.add(entry);
                change = found.size() < count ? next(feed) : null;
            }
        }
        return found;
    }

    /**
     * The last entries, the last one first; {@code null} if they are too long. Changes are read forwards only: so
     * it looks at the last ones, and if they are too few, at more.
     */
    List<ChangeStream.Entry> lastOnes() {
        if (isEmpty) {
            return List.of();
        }
        long span = Math.max(FIRST_SPAN, Math.min(count, Long.MAX_VALUE / GROWTH));
        while (true) {
            long earliest = Math.max(first.sequence(), poro.changes().earliest());
            boolean isAll = last.sequence() - span <= earliest;
            Deque<Change> found = lastOnes(isAll ? first : new ChangeId(last.sequence() - span, 0));
            if (found == null) {
                return null;
            }
            if (isAll || found.size() >= count) {
                return entriesOf(found);
            }
            span = span > Long.MAX_VALUE / GROWTH ? Long.MAX_VALUE : span * GROWTH;
        }
    }

    /** The last one first; with the old values, of which there is more than of the changes if they are deletes. */
    private List<ChangeStream.Entry> entriesOf(Deque<Change> changes) {
        List<ChangeStream.Entry> entries = new ArrayList<>(changes.size());
        long bytes = 0;
        for (Iterator<Change> each = changes.descendingIterator(); each.hasNext(); ) {
            ChangeStream.Entry entry = stream.entry(poro, each.next());
            bytes += entry.length();
            if (bytes > mostBytes) {
                return null;
            }
            entries.add(entry);
        }
        return entries;
    }

    private Deque<Change> lastOnes(ChangeId from) {
        Deque<Change> found = new ArrayDeque<>();
        long bytes = 0;
        try (ChangeFeed feed = from(from)) {
            for (Change change = next(feed); change != null; change = next(feed)) {
                found.add(change);
                bytes += lengthOf(change);
                if (found.size() > count) {
                    bytes -= lengthOf(found.remove());
                }
                if (bytes > mostBytes) {
                    return null;
                }
            }
        }
        return found;
    }

    private static long lengthOf(Change change) {
        return (long) CHANGE_OVERHEAD + change.key().length + (change.value() == null ? 0 : change.value().length);
    }

    private ChangeFeed from(ChangeId id) {
        if (id.index() > 0) {
            return stream.after(poro, id.withIndex(id.index() - 1));
        }
        Changes changes = stream.changes(poro);
        return id.sequence() == 0 ? changes.open() : changes.from(id.sequence()).open();
    }

    private Change next(ChangeFeed feed) {
        Change change = feed.poll(Integer.MAX_VALUE);
        return change == null || last.isBefore(change) ? null : change;
    }

    /**
     * The first and the last entry that are wanted.
     *
     * @param isEmpty whether none can be between them
     */
    record Bounds(ChangeId first, ChangeId last, boolean isEmpty) {
        static final Bounds ALL = new Bounds(ChangeId.FIRST, ChangeId.LAST, false);

        /** Returns {@code null} if an ID is none. */
        static Bounds parse(byte[] start, byte[] end) {
            ChangeId first = bound(Words.text(start), 0);
            ChangeId last = bound(Words.text(end), Integer.MAX_VALUE);
            if (first == null || last == null) {
                return null;
            }
            boolean isEmpty = false;
            if (isExclusive(start)) {
                isEmpty = !first.isBefore(ChangeId.LAST);
                first = first.index() == Integer.MAX_VALUE
                        ? new ChangeId(first.sequence() + (isEmpty ? 0 : 1), 0)
                        : first.withIndex(first.index() + 1);
            }
            if (isExclusive(end)) {
                isEmpty |= !ChangeId.FIRST.isBefore(last);
                last = last.index() > 0
                        ? last.withIndex(last.index() - 1)
                        : new ChangeId(Math.max(0, last.sequence() - 1), Integer.MAX_VALUE);
            }
            return new Bounds(first, last, isEmpty);
        }

        private static boolean isExclusive(byte[] bound) {
            return bound.length > 1 && bound[0] == '(';
        }

        private static ChangeId bound(String text, int missingIndex) {
            if (text.equals("-")) {
                return ChangeId.FIRST;
            }
            if (text.equals("+")) {
                return ChangeId.LAST;
            }
            return ChangeId.parse(text.startsWith("(") ? text.substring(1) : text, missingIndex);
        }
    }
}
