package dev.poro.events;

import static dev.poro.events.RecordDescriptor.BUDGET_LENGTH;
import static dev.poro.events.RecordDescriptor.FLAGS_OFFSET;
import static dev.poro.events.RecordDescriptor.HEADER_LENGTH;
import static dev.poro.events.RecordDescriptor.KEY_LENGTH_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_DIGEST_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_KEYS_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_LENGTH;
import static dev.poro.events.RecordDescriptor.MARK_SEQUENCE_OFFSET;
import static dev.poro.events.RecordDescriptor.TYPE_OFFSET;
import static dev.poro.events.RecordDescriptor.VALUE_LENGTH_OFFSET;

/**
 * Writes records into memory that the caller owns. Each method needs
 * {@link RecordDescriptor#recordLength(int, int)} bytes at {@code address}, checks nothing, allocates nothing and
 * returns the record's length. Lengths are checked before an event is encoded, see {@link Limits}.
 */
public final class RecordEncoder {
    private RecordEncoder() {}

    /** A {@link EventType#SET}. */
    public static int encodeSet(long address, byte[] key, byte[] value) {
        header(address, EventType.SET, key.length, value.length);
        RawMemory.copy(key, 0, address + HEADER_LENGTH, key.length);
        RawMemory.copy(value, 0, address + HEADER_LENGTH + key.length, value.length);
        return RecordDescriptor.recordLength(key.length, value.length);
    }

    /** A {@link EventType#DELETE}. */
    public static int encodeDelete(long address, byte[] key) {
        header(address, EventType.DELETE, key.length, 0);
        RawMemory.copy(key, 0, address + HEADER_LENGTH, key.length);
        return RecordDescriptor.recordLength(key.length, 0);
    }

    /** A {@link EventType#MEMORY_BUDGET}; {@code bytes} is the budget. */
    public static int encodeMemoryBudget(long address, long bytes) {
        header(address, EventType.MEMORY_BUDGET, 0, BUDGET_LENGTH);
        RawMemory.writeLong(address + HEADER_LENGTH, bytes);
        return RecordDescriptor.recordLength(0, BUDGET_LENGTH);
    }

    /** A {@link EventType#CLEAN_CLOSE} or {@link EventType#DIGEST_MARK}. */
    public static int encodeMark(long address, EventType type, long sequence, long digest, long keys) {
        header(address, type, 0, MARK_LENGTH);
        long value = address + HEADER_LENGTH;
        RawMemory.writeLong(value + MARK_SEQUENCE_OFFSET, sequence);
        RawMemory.writeLong(value + MARK_DIGEST_OFFSET, digest);
        RawMemory.writeLong(value + MARK_KEYS_OFFSET, keys);
        return RecordDescriptor.recordLength(0, MARK_LENGTH);
    }

    /** The header of a record, as it lies in memory, in one integer: for a record that is written in pieces. */
    public static long headerOf(EventType type, int keyLength, int valueLength) {
        return (type.code() & 0xFFL) << (8 * TYPE_OFFSET)
                | (long) keyLength << (8 * KEY_LENGTH_OFFSET)
                | (long) valueLength << (8 * VALUE_LENGTH_OFFSET);
    }

    private static void header(long address, EventType type, int keyLength, int valueLength) {
        RawMemory.writeByte(address + TYPE_OFFSET, type.code());
        RawMemory.writeByte(address + FLAGS_OFFSET, (byte) 0);
        RawMemory.writeShort(address + KEY_LENGTH_OFFSET, keyLength);
        RawMemory.writeInt(address + VALUE_LENGTH_OFFSET, valueLength);
    }
}
