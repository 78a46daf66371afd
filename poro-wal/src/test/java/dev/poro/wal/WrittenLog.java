package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import java.util.ArrayList;
import java.util.List;

/**
 * What was handed to a log, events and marks in order, acknowledged or not; and a check of what comes back against it.
 */
final class WrittenLog {
    private static final byte[] MARK = {};

    private final List<byte[]> values = new ArrayList<>();

    /** A set with this value. Values tell events apart. */
    void addSet(byte[] value) {
        values.add(value);
    }

    /** A mark, of any type. */
    void addMark() {
        values.add(MARK);
    }

    /** Events and marks. */
    int size() {
        return values.size();
    }

    /** The sequence of the last event. */
    long lastSequence() {
        return values.stream().filter(value -> value != MARK).count();
    }

    /** Forgets all that comes after an event, and after the marks that follow it: the log lost it, which it may. */
    void keepUpTo(long sequence) {
        int count = countUpTo(sequence);
        while (count < values.size() && values.get(count) == MARK) {
            count++;
        }
        values.subList(count, values.size()).clear();
    }

    /** How many events and marks there are up to an event. */
    private int countUpTo(long sequence) {
        int count = 0;
        for (long left = sequence; left > 0; count++) {
            left -= values.get(count) == MARK ? 0 : 1;
        }
        return count;
    }

    /** Reads a log. */
    Check check() {
        return new Check();
    }

    /** A reader that accepts the events and marks that were written, from the first on, and nothing else. */
    final class Check implements LogVisitor {
        private int count;
        private long sequence;
        private StateSummary snapshot;
        private long entries;

        @Override
        public void onRecord(long eventSequence, long timestamp, RecordFlyweight record) {
            while (count < values.size() && values.get(count) == MARK) {
                count++; // a crash may have cost the mark, and a snapshot may cover it
            }
            if (eventSequence != sequence + 1 || count >= values.size()) {
                throw new AssertionError("event " + eventSequence + " after " + count + " of " + values.size());
            }
            if (!isOf(record, values.get(count))) {
                throw new AssertionError("event " + eventSequence + " is another than was written");
            }
            sequence++;
            count++;
        }

        @Override
        public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) {
            if (nextSequence != sequence + 1 || count >= values.size() || values.get(count) != MARK) {
                throw new AssertionError("a mark before " + nextSequence + " after " + count + " of " + values.size());
            }
            if (!mark.type().isMark() || mark.markSequence() != sequence) {
                throw new AssertionError("the mark before " + nextSequence + " is another than was written");
            }
            count++;
        }

        private boolean isOf(RecordFlyweight record, byte[] expected) {
            return expected != MARK
                    && record.type() == EventType.SET
                    && record.valueLength() == expected.length
                    && RawMemory.equal(record.valueAddress(), expected, 0, expected.length);
        }

        @Override
        public void onSnapshot(SnapshotReport begun) {
            snapshot = begun.summary();
        }

        @Override
        public void onEntry(long entrySequence, RecordFlyweight record) {
            if (!isOf(record, values.get(countUpTo(entrySequence) - 1))) {
                throw new AssertionError("the entry of event " + entrySequence + " is another than was written");
            }
            entries++;
        }

        @Override
        public void onSnapshotEnd() {
            if (entries != snapshot.keys() || snapshot.sequence() > lastSequence()) {
                throw new AssertionError(entries + " entries in the snapshot of " + snapshot);
            }
            sequence = snapshot.sequence();
            count = countUpTo(sequence);
        }

        @Override
        public void onSnapshotBroken() {
            throw new AssertionError("a crash has damaged the snapshot of " + snapshot);
        }

        /** How many of the events and marks that were written came back, one by one or in a snapshot. */
        int count() {
            return count;
        }

        /** The sequence of the last event that came back. */
        long sequence() {
            return sequence;
        }
    }
}
