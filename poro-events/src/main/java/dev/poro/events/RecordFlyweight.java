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
 * Reads one record where it lies: in a ring slot, in a segment, in a reader's buffer. Wraps memory, never owns or
 * copies it (but for {@link #key()} and {@link #value()}). Not thread-safe; each reader has its own.
 */
public final class RecordFlyweight {
    private long address;

    /**
     * Looks at the record at {@code address}, which must be well-formed: encoded by {@link RecordEncoder} or accepted
     * by {@link #defectOf}.
     */
    public RecordFlyweight wrap(long recordAddress) {
        this.address = recordAddress;
        return this;
    }

    /**
     * What is wrong with the record in at most {@code available} bytes at {@code address}, or {@code null} if it is
     * well-formed: its type is known, its flags are zero, its lengths are within {@link Limits} and within
     * {@code available}, and the value of an event of the store itself has its exact length. Reads nothing beyond
     * {@code available} and allocates only for the message.
     */
    public static String defectOf(long address, long available) {
        if (available < HEADER_LENGTH) {
            return "record header cut short: " + available + " of " + HEADER_LENGTH + " bytes";
        }
        byte code = RawMemory.readByte(address + TYPE_OFFSET);
        EventType type = EventType.ofCode(code);
        if (type == null) {
            return "unknown event type " + (code & 0xFF);
        }
        int flags = RawMemory.readByte(address + FLAGS_OFFSET);
        if (flags != 0) {
            return "unknown record flags 0x" + Integer.toHexString(flags & 0xFF);
        }
        int keyLength = RawMemory.readUnsignedShort(address + KEY_LENGTH_OFFSET);
        long valueLength = Integer.toUnsignedLong(RawMemory.readInt(address + VALUE_LENGTH_OFFSET));
        if (valueLength > Limits.MAX_VALUE_LENGTH || HEADER_LENGTH + keyLength + valueLength > available) {
            return "record of key length " + keyLength + " and value length " + valueLength + " does not fit in "
                    + available + " bytes";
        }
        if (!lengthsFit(type, keyLength, (int) valueLength)) {
            return type + " record with key length " + keyLength + " and value length " + valueLength;
        }
        return null;
    }

    private static boolean lengthsFit(EventType type, int keyLength, int valueLength) {
        switch (type) {
            case SET:
                return true;
            case DELETE:
                return valueLength == 0;
            case MEMORY_BUDGET:
                return keyLength == 0 && valueLength == BUDGET_LENGTH;
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                return keyLength == 0 && valueLength == MARK_LENGTH;
        }
        throw new AssertionError(type);
    }

    /** What happened. */
    public EventType type() {
        return EventType.ofCode(RawMemory.readByte(address + TYPE_OFFSET));
    }

    /** Bytes of the whole record. */
    public int length() {
        return RecordDescriptor.recordLength(keyLength(), valueLength());
    }

    /** Bytes of the key. */
    public int keyLength() {
        return RawMemory.readUnsignedShort(address + KEY_LENGTH_OFFSET);
    }

    /** Bytes of the value. */
    public int valueLength() {
        return RawMemory.readInt(address + VALUE_LENGTH_OFFSET);
    }

    /** Where the key lies. */
    public long keyAddress() {
        return address + HEADER_LENGTH;
    }

    /** Where the value lies. */
    public long valueAddress() {
        return address + HEADER_LENGTH + keyLength();
    }

    /** A copy of the key. */
    public byte[] key() {
        byte[] key = new byte[keyLength()];
        RawMemory.copy(keyAddress(), key, 0, key.length);
        return key;
    }

    /** A copy of the value. */
    public byte[] value() {
        byte[] value = new byte[valueLength()];
        RawMemory.copy(valueAddress(), value, 0, value.length);
        return value;
    }

    /** The budget in bytes; only of a {@link EventType#MEMORY_BUDGET}. */
    public long memoryBudget() {
        return RawMemory.readLong(valueAddress());
    }

    /** The sequence after whose event the digest was taken; only of a mark. */
    public long markSequence() {
        return RawMemory.readLong(valueAddress() + MARK_SEQUENCE_OFFSET);
    }

    /** The digest; only of a mark. */
    public long markDigest() {
        return RawMemory.readLong(valueAddress() + MARK_DIGEST_OFFSET);
    }

    /** The number of live keys; only of a mark. */
    public long markKeys() {
        return RawMemory.readLong(valueAddress() + MARK_KEYS_OFFSET);
    }
}
