package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import java.util.ArrayList;
import java.util.List;

/** What was handed to a log, in order, acknowledged or not; and a check of what comes back against it. */
final class WrittenLog {
    private static final byte[] MARK = {};

    private final List<byte[]> values = new ArrayList<>();

    /** A set with this value. Values tell events apart. */
    void addSet(byte[] value) {
        values.add(value);
    }

    /** A mark: of a clean close. */
    void addMark() {
        values.add(MARK);
    }

    int size() {
        return values.size();
    }

    /** Forgets all but the first events: the log lost the others, which it may. */
    void keep(int count) {
        values.subList(count, values.size()).clear();
    }

    /** Reads a log. */
    Check check() {
        return new Check();
    }

    /** A reader that accepts the events that were written, from the first on, and nothing else. */
    final class Check implements LogVisitor {
        private int count;
        private StateSummary snapshot;
        private long entries;

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            if (sequence != count + 1 || sequence > values.size()) {
                throw new AssertionError("event " + sequence + " after " + count + " of " + values.size());
            }
            byte[] expected = values.get(count);
            boolean isRight = expected == MARK
                    ? record.type() == EventType.CLEAN_CLOSE
                    : record.valueLength() == expected.length
                            && RawMemory.equal(record.valueAddress(), expected, 0, expected.length);
            if (!isRight) {
                throw new AssertionError("event " + sequence + " is another than was written");
            }
            count++;
        }

        @Override
        public void onSnapshot(SnapshotReport begun) {
            snapshot = begun.summary();
        }

        @Override
        public void onEntry(long sequence, RecordFlyweight record) {
            byte[] expected = values.get((int) sequence - 1);
            if (record.valueLength() != expected.length
                    || !RawMemory.equal(record.valueAddress(), expected, 0, expected.length)) {
                throw new AssertionError("the entry of event " + sequence + " is another than was written");
            }
            entries++;
        }

        @Override
        public void onSnapshotEnd() {
            if (entries != snapshot.keys() || snapshot.sequence() > values.size()) {
                throw new AssertionError(entries + " entries in the snapshot of " + snapshot);
            }
            count = (int) snapshot.sequence();
        }

        @Override
        public void onSnapshotBroken() {
            throw new AssertionError("a crash has damaged the snapshot of " + snapshot);
        }

        /** How many of the events that were written came back, one by one or in a snapshot. */
        int count() {
            return count;
        }
    }
}
