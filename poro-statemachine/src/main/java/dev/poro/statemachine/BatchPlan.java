package dev.poro.statemachine;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;

/**
 * The changes of a batch, in the order of their records: where each record lies, the hash of its key, and whether it
 * was carried out. Finds keys that come twice. In memory outside the heap; reused; single writer.
 *
 * <pre>
 *   changes, 16 bytes each                       hash table, at least twice as many u32
 *    0  hash of the key             u64           number of a change, from 1 on; 0 = free
 *    8  offset of the record        u32
 *   12  1 once it was carried out   u32
 * </pre>
 */
final class BatchPlan {
    /** What {@link #read} returns if no key comes twice. */
    static final int NO_DUPLICATE = -1;

    private static final int CHANGE_SHIFT = 4;
    private static final int OFFSET_OFFSET = 8;
    private static final int DONE_OFFSET = 12;

    private final WyHash keyHash;
    private final Scratch scratch = new Scratch();
    private final RecordFlyweight record = new RecordFlyweight();
    private final RecordFlyweight other = new RecordFlyweight();

    private long records;
    private long changes;
    private int count;

    BatchPlan(WyHash keyHash) {
        this.keyHash = keyHash;
    }

    /**
     * Reads the records from {@code begin} up to {@code end}, all of which change one key.
     *
     * @return the number of the first change, from 0 on, whose key an earlier one changes, or {@link #NO_DUPLICATE}
     */
    int read(long begin, long end) {
        records = begin;
        count = 0;
        for (long at = begin; at < end; at += record.wrap(at).length()) {
            count++;
        }
        int capacity = Integer.highestOneBit(Math.max(1, count)) << 2;
        long changesLength = (long) count << CHANGE_SHIFT;
        changes = scratch.take(changesLength + (long) capacity * Integer.BYTES);
        long table = changes + changesLength;
        RawMemory.fill(table, (long) capacity * Integer.BYTES, (byte) 0);
        long at = begin;
        for (int i = 0; i < count; i++) {
            record.wrap(at);
            long hash = hashOf(record);
            RawMemory.writeLong(change(i), hash);
            RawMemory.writeInt(change(i) + OFFSET_OFFSET, (int) (at - begin));
            RawMemory.writeInt(change(i) + DONE_OFFSET, 0);
            if (!add(table, capacity - 1, hash, i)) {
                return i;
            }
            at += record.length();
        }
        return NO_DUPLICATE;
    }

    private boolean add(long table, int mask, long hash, int i) {
        int slot = (int) (hash >>> Integer.SIZE) & mask;
        while (true) {
            long place = table + (long) slot * Integer.BYTES;
            int earlier = RawMemory.readInt(place);
            if (earlier == 0) {
                RawMemory.writeInt(place, i + 1);
                return true;
            }
            if (hash(earlier - 1) == hash && hasKeyOfRecord(earlier - 1)) {
                return false;
            }
            slot = slot + 1 & mask;
        }
    }

    private boolean hasKeyOfRecord(int earlier) {
        wrap(earlier, other);
        return other.keyLength() == record.keyLength()
                && RawMemory.equal(other.keyAddress(), record.keyAddress(), record.keyLength());
    }

    /** The hash of the key of a record. */
    long hashOf(RecordFlyweight ofBatch) {
        return keyHash.of(ofBatch.keyAddress(), ofBatch.keyLength());
    }

    /** How many changes there are. */
    int count() {
        return count;
    }

    /** The hash of the key of a change. */
    long hash(int i) {
        return RawMemory.readLong(change(i));
    }

    /** Looks at the record of a change. */
    RecordFlyweight wrap(int i, RecordFlyweight flyweight) {
        return flyweight.wrap(records + RawMemory.readInt(change(i) + OFFSET_OFFSET));
    }

    boolean isDone(int i) {
        return RawMemory.readInt(change(i) + DONE_OFFSET) != 0;
    }

    void done(int i) {
        RawMemory.writeInt(change(i) + DONE_OFFSET, 1);
    }

    /** The batch is over. */
    void release() {
        scratch.release();
    }

    void close() {
        scratch.free();
    }

    private long change(int i) {
        return changes + ((long) i << CHANGE_SHIFT);
    }
}
