package dev.poro.events;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Events and reads that one publisher publishes together, with the memory of their records and of what becomes of
 * them. The publisher encodes each record once, right here; the slots of the ring refer to it.
 *
 * <p>Owned in turn by the publisher and, from the publication until the last slot has its outcome, by the handlers. The
 * ring's sequences hand it on, and the waiter of the last slot hands it back, so no field is volatile. If the publisher
 * gives up waiting, it leaves the run to the handlers and takes another one: the slots keep it reachable.
 *
 * <p>Used again and again, it allocates nothing; what it needed beyond the usual is not kept.
 */
public final class EventRun implements ValueTarget {
    /** In place of a length: there is no value. */
    public static final int NO_VALUE = -1;

    /** In place of a time: the entry that was read has no expiry, or there is none. */
    public static final long NO_EXPIRY = -1;

    /** In place of a ring sequence: the slots are still to come into the ring, which is another thread's to do. */
    public static final long NOT_IN_RING = Long.MAX_VALUE / 2;

    /** In place of a length: the heap had no room for the value. */
    private static final int LOST = -2;

    private static final int IS_READ = 1;
    private static final int WANTS_VALUE = 2;

    private static final int FIRST_COUNT = 16;
    private static final int FIRST_BLOCK_LENGTH = 4 << 10;
    private static final int USUAL_BLOCK_LENGTH = 64 << 10;
    private static final int FIRST_VALUES_LENGTH = 1 << 10;

    /** Bytes of records, and of values, for which memory is kept. */
    private static final int MAX_KEPT_LENGTH = 1 << 20;

    /** Slots for which memory is kept. */
    private static final int MAX_KEPT_COUNT = 16 << 10;

    /** No array is longer on any JVM. */
    private static final int MAX_VALUES_LENGTH = Integer.MAX_VALUE - 8;

    private final List<NativeMemory> blocks = new ArrayList<>();
    private int block;
    private int blockUsed;
    private long blocksLength;
    private long recordsLength;

    /** The records of a message; {@code null} as long as there was none. */
    private NativeMemory gathered;

    private int size;
    private byte[] kinds;
    private int[] recordLengths;
    private long[] recordAddresses;
    private long[] keyHashes;

    private byte[] outcomes;
    private long[] numbers;
    private long[] details;
    private int[] valueBegins;
    private int[] valueLengths;
    private byte[] values = new byte[FIRST_VALUES_LENGTH];
    private int valuesUsed;
    private int mostValues = MAX_VALUES_LENGTH;

    /** Of the value that is copied now. */
    private int targetIndex;

    // The part that was published last: its indices, and where it lies in the ring.
    private int partBegin;
    private int partEnd;
    private long partSequence;
    private boolean left;

    /** An empty run. */
    public EventRun() {
        makeRoom(FIRST_COUNT);
    }

    private void makeRoom(int count) {
        boolean isFirst = kinds == null;
        kinds = isFirst ? new byte[count] : Arrays.copyOf(kinds, count);
        recordLengths = isFirst ? new int[count] : Arrays.copyOf(recordLengths, count);
        recordAddresses = isFirst ? new long[count] : Arrays.copyOf(recordAddresses, count);
        keyHashes = isFirst ? new long[count] : Arrays.copyOf(keyHashes, count);
        outcomes = isFirst ? new byte[count] : Arrays.copyOf(outcomes, count);
        numbers = isFirst ? new long[count] : Arrays.copyOf(numbers, count);
        details = isFirst ? new long[count] : Arrays.copyOf(details, count);
        valueBegins = isFirst ? new int[count] : Arrays.copyOf(valueBegins, count);
        valueLengths = isFirst ? new int[count] : Arrays.copyOf(valueLengths, count);
    }

    /** How many events and reads there are. */
    public int size() {
        return size;
    }

    /** Bytes of all records. */
    public long recordsLength() {
        return recordsLength;
    }

    /**
     * Where to encode the next record. It is no part of the run before {@link #add}.
     *
     * @throws OutOfMemoryError if the system refuses the memory; nothing changes then
     */
    public long nextRecord(int length) {
        while (block < blocks.size()) {
            NativeMemory current = blocks.get(block);
            if (current.length() - blockUsed >= length) {
                return current.address() + blockUsed;
            }
            block++;
            blockUsed = 0;
        }
        int usual = blocks.isEmpty() ? FIRST_BLOCK_LENGTH : USUAL_BLOCK_LENGTH;
        NativeMemory added = new NativeMemory(Math.max(usual, length));
        blocks.add(added);
        blocksLength += added.length();
        return added.address();
    }

    /**
     * Adds the record at {@link #nextRecord}.
     *
     * @param keyHash of its key, by the hash of the state machine
     * @param isRead whether it is a read, rather than an event
     * @param wantsValue whether the value is wanted, that is read or that is there before the event
     * @return its index, from 0 on
     * @throws OutOfMemoryError if the heap has no room; nothing is added then
     */
    public int add(int length, long keyHash, boolean isRead, boolean wantsValue) {
        if (size == kinds.length) {
            makeRoom(2 * size);
        }
        int index = size;
        kinds[index] = (byte) ((isRead ? IS_READ : 0) | (wantsValue ? WANTS_VALUE : 0));
        recordLengths[index] = length;
        recordAddresses[index] = blocks.get(block).address() + blockUsed;
        keyHashes[index] = keyHash;
        outcomes[index] = Outcome.NONE;
        numbers[index] = 0;
        details[index] = NO_EXPIRY;
        valueLengths[index] = NO_VALUE;
        blockUsed += length;
        recordsLength += length;
        size++;
        return index;
    }

    /** Empties the run. Nobody else uses it: it was not published, or the last slot has its outcome. */
    public void reset() {
        releaseBlocks(MAX_KEPT_LENGTH);
        if (gathered != null && gathered.length() > USUAL_BLOCK_LENGTH) {
            releaseGathered();
        }
        if (kinds.length > MAX_KEPT_COUNT) {
            kinds = null;
            makeRoom(FIRST_COUNT);
        }
        if (values.length > MAX_KEPT_LENGTH) {
            values = new byte[Math.min(FIRST_VALUES_LENGTH, mostValues)];
        }
        block = 0;
        blockUsed = 0;
        recordsLength = 0;
        size = 0;
        valuesUsed = 0;
        partBegin = 0;
        partEnd = 0;
    }

    /** Gives the memory back at once, rather than when the run is unreachable. Nobody uses it any more. */
    public void free() {
        releaseBlocks(0);
        releaseGathered();
        reset();
    }

    private void releaseGathered() {
        if (gathered != null) {
            gathered.free();
            gathered = null;
        }
    }

    private void releaseBlocks(int kept) {
        while (blocksLength > kept) {
            NativeMemory last = blocks.remove(blocks.size() - 1);
            blocksLength -= last.length();
            last.free();
        }
    }

    /** The slots from an index to another one lie in the ring from this sequence on, claimed or published. */
    public void part(int begin, int end, long ringSequence) {
        partBegin = begin;
        partEnd = end;
        partSequence = ringSequence;
    }

    /** The index of the first slot of the part that was published last. */
    public int partBegin() {
        return partBegin;
    }

    /** The index of the first slot that was not published. */
    public int partEnd() {
        return partEnd;
    }

    /** The ring sequence of the first slot of the part that was published last. */
    public long partSequence() {
        return partSequence;
    }

    /** The publisher gives up waiting for the part that was published last. */
    public void leave() {
        left = true;
    }

    /** Whether the handlers may still come to it, so that it cannot be used again. */
    public boolean isLeft() {
        return left;
    }

    /**
     * Up to which index there are outcomes that the publisher may read.
     *
     * @param applied up to which ring sequence every event has its outcome, see {@link EventRing#applied}
     */
    public int known(long applied) {
        return left ? (int) Math.max(partBegin, Math.min(partEnd, partBegin + applied - partSequence + 1)) : size;
    }

    /** Bytes of the record of an event; 0 of a read, which is in no message. */
    public int eventLength(int index) {
        return isRead(index) ? 0 : recordLengths[index];
    }

    /**
     * Copies the records of the events from an index to another one into one piece of memory, one after the other.
     *
     * @param length bytes of these records
     * @return the address, valid until the next call of this method or of {@link #reset}
     */
    public long gather(int begin, int end, int length) {
        if (gathered == null || gathered.length() < length) {
            if (gathered != null) {
                gathered.free();
            }
            gathered = new NativeMemory(Math.max(FIRST_BLOCK_LENGTH, length));
        }
        long target = gathered.address();
        for (int index = begin; index < end; index++) {
            if (!isRead(index)) {
                RawMemory.copy(recordAddresses[index], target, recordLengths[index]);
                target += recordLengths[index];
            }
        }
        assert target - gathered.address() == length : target - gathered.address() + " bytes, not " + length;
        return gathered.address();
    }

    /** Where the record lies. */
    public long recordAddress(int index) {
        return recordAddresses[index];
    }

    int recordLength(int index) {
        return recordLengths[index];
    }

    /** The hash of its key. */
    public long keyHash(int index) {
        return keyHashes[index];
    }

    /** Whether it is a read. */
    public boolean isRead(int index) {
        return (kinds[index] & IS_READ) != 0;
    }

    /** Whether the value is wanted. */
    public boolean wantsValue(int index) {
        return (kinds[index] & WANTS_VALUE) != 0;
    }

    /** The value that is copied next is of this index. */
    public ValueTarget target(int index) {
        targetIndex = index;
        return this;
    }

    @Override
    public byte[] room(int length) {
        makeRoomForValue(length);
        valueBegins[targetIndex] = valuesUsed;
        valueLengths[targetIndex] = length;
        valuesUsed += length;
        return values;
    }

    /** All values together have at most so many bytes: what would be beyond finds no room. Of an empty run. */
    public void limitValues(long bytes) {
        assert size == 0 : size;
        mostValues = (int) Math.min(bytes, MAX_VALUES_LENGTH);
        if (values.length > mostValues) {
            values = new byte[mostValues];
        }
    }

    /**
     * There is room for a value of this length in {@link #values}, from {@link #valuesUsed} on.
     *
     * @throws OutOfMemoryError if the heap has no room for it, or the limit does not allow it
     */
    public void makeRoomForValue(int length) {
        long needed = (long) valuesUsed + length;
        if (needed > mostValues) {
            throw new OutOfMemoryError("the values of a run have more than " + mostValues + " bytes");
        }
        if (needed > values.length) {
            values = Arrays.copyOf(values, (int) Math.min(mostValues, Math.max(needed, 2L * values.length)));
        }
    }

    @Override
    public int begin() {
        return valueBegins[targetIndex];
    }

    @Override
    public void lose() {
        valueLengths[targetIndex] = LOST;
    }

    /** A read has found an entry with this expiry, or {@link #NO_EXPIRY}, and with a value of this length. */
    public void found(int index, long expiry, int valueLength) {
        details[index] = expiry;
        if (!wantsValue(index)) {
            valueLengths[index] = valueLength;
        }
    }

    /** An event or a read has its outcome. */
    public void complete(int index, Outcome outcome, long number) {
        assert outcomes[index] == Outcome.NONE : "it has its outcome already: " + index;
        numbers[index] = number;
        outcomes[index] = outcome.code();
    }

    /** The outcome, or {@code null} if there is none yet. */
    public Outcome outcome(int index) {
        return Outcome.ofCode(outcomes[index]);
    }

    /** What the outcome states in a number, see {@link Outcome}. */
    public long number(int index) {
        return numbers[index];
    }

    /** The publisher keeps a number with an event, in place of the expiry that a read finds. */
    public void note(int index, long number) {
        details[index] = number;
    }

    /** Of a read that has found an entry: when that expires, or {@link #NO_EXPIRY}. */
    public long expiry(int index) {
        return details[index];
    }

    /**
     * Bytes of the value that was wanted, or that a read has found; or {@link #NO_VALUE}.
     *
     * @throws OutOfMemoryError if the heap had no room for it
     */
    public int valueLength(int index) {
        if (valueLengths[index] == LOST) {
            throw new OutOfMemoryError("the heap had no room for the value; what was to happen has happened");
        }
        return valueLengths[index];
    }

    /** Where the value begins in {@link #values}, if it was wanted and there is one. */
    public int valueBegin(int index) {
        return valueBegins[index];
    }

    /** All values. Another array may take its place until the run is done. */
    public byte[] values() {
        return values;
    }

    /** Where in {@link #values} there is room for more. */
    public int valuesUsed() {
        return valuesUsed;
    }
}
