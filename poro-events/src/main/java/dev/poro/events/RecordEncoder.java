package dev.poro.events;

import static dev.poro.events.RecordDescriptor.BUDGET_LENGTH;
import static dev.poro.events.RecordDescriptor.CLIENT_LENGTH;
import static dev.poro.events.RecordDescriptor.CLIENT_NUMBER_OFFSET;
import static dev.poro.events.RecordDescriptor.CLIENT_OUTCOME_OFFSET;
import static dev.poro.events.RecordDescriptor.CONDITION_LENGTH;
import static dev.poro.events.RecordDescriptor.DELTA_LENGTH;
import static dev.poro.events.RecordDescriptor.DUE_LENGTH;
import static dev.poro.events.RecordDescriptor.FLAGS_OFFSET;
import static dev.poro.events.RecordDescriptor.HEADER_LENGTH;
import static dev.poro.events.RecordDescriptor.KEY_LENGTH_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_DIGEST_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_KEYS_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_LENGTH;
import static dev.poro.events.RecordDescriptor.MARK_SEQUENCE_OFFSET;
import static dev.poro.events.RecordDescriptor.SPLICE_HEADER_LENGTH;
import static dev.poro.events.RecordDescriptor.SPLICE_LIMIT_OFFSET;
import static dev.poro.events.RecordDescriptor.SPLICE_OFFSET_OFFSET;
import static dev.poro.events.RecordDescriptor.TYPE_OFFSET;
import static dev.poro.events.RecordDescriptor.VALUE_LENGTH_OFFSET;

import java.nio.ByteBuffer;

/**
 * Writes records into memory that the caller owns. Each method needs the record's length
 * ({@link RecordDescriptor#recordLength(int, int, int)}) in bytes at {@code address}, checks nothing, allocates nothing
 * and returns that length. Lengths are checked before an event is encoded, see {@link Limits}.
 *
 * <p>Where a method takes flags, it also takes what their fields hold: {@code time} of the expiry, in milliseconds, and
 * {@code sequence} of the guard. A field that the flags do not ask for is ignored. If the flags ask for a token, its
 * fields are left as they are, and {@link #encodeToken} fills them in afterwards.
 */
public final class RecordEncoder {
    private static final byte[] NOTHING = {};

    private RecordEncoder() {}

    /** A {@link EventType#SET} without flags. */
    public static int encodeSet(long address, byte[] key, byte[] value) {
        header(address, EventType.SET, 0, key.length, value.length);
        RawMemory.copy(key, 0, address + HEADER_LENGTH, key.length);
        RawMemory.copy(value, 0, address + HEADER_LENGTH + key.length, value.length);
        return RecordDescriptor.recordLength(key.length, value.length);
    }

    /** A {@link EventType#SET}. */
    public static int encodeSet(long address, int flags, long time, long sequence, byte[] key, byte[] value) {
        long valueAddress = begin(address, EventType.SET, flags, time, sequence, key, value.length);
        RawMemory.copy(value, 0, valueAddress, value.length);
        return RecordDescriptor.recordLength(flags, key.length, value.length);
    }

    /** A {@link EventType#DELETE} without flags. */
    public static int encodeDelete(long address, byte[] key) {
        header(address, EventType.DELETE, 0, key.length, 0);
        RawMemory.copy(key, 0, address + HEADER_LENGTH, key.length);
        return RecordDescriptor.recordLength(key.length, 0);
    }

    /** A {@link EventType#DELETE}. */
    public static int encodeDelete(long address, int flags, long sequence, byte[] key) {
        begin(address, EventType.DELETE, flags, 0, sequence, key, 0);
        return RecordDescriptor.recordLength(flags, key.length, 0);
    }

    /** An {@link EventType#ADD}. */
    public static int encodeAdd(long address, int flags, long sequence, byte[] key, long delta) {
        long value = begin(address, EventType.ADD, flags, 0, sequence, key, DELTA_LENGTH);
        RawMemory.writeLong(value, delta);
        return RecordDescriptor.recordLength(flags, key.length, DELTA_LENGTH);
    }

    /**
     * A {@link EventType#SPLICE}.
     *
     * @param offset where to begin, or {@link RecordDescriptor#SPLICE_AT_END}
     * @param limit the longest new value in bytes
     */
    public static int encodeSplice(
            long address, int flags, long sequence, byte[] key, int offset, int limit, byte[] bytes) {
        int valueLength = SPLICE_HEADER_LENGTH + bytes.length;
        long value = begin(address, EventType.SPLICE, flags, 0, sequence, key, valueLength);
        RawMemory.writeInt(value + SPLICE_OFFSET_OFFSET, offset);
        RawMemory.writeInt(value + SPLICE_LIMIT_OFFSET, limit);
        RawMemory.copy(bytes, 0, value + SPLICE_HEADER_LENGTH, bytes.length);
        return RecordDescriptor.recordLength(flags, key.length, valueLength);
    }

    /** An {@link EventType#EXPIRE_AT}; without an expiry in the flags, it clears the key's. */
    public static int encodeExpireAt(
            long address, int flags, long time, long sequence, byte[] key, ExpiryCondition condition) {
        return encodeExpireAt(address, flags, time, sequence, key, condition.code());
    }

    /** {@link #encodeExpireAt(long, int, long, long, byte[], ExpiryCondition)} with the code of a condition. */
    public static int encodeExpireAt(long address, int flags, long time, long sequence, byte[] key, int condition) {
        long value = begin(address, EventType.EXPIRE_AT, flags, time, sequence, key, CONDITION_LENGTH);
        RawMemory.writeByte(value, (byte) condition);
        return RecordDescriptor.recordLength(flags, key.length, CONDITION_LENGTH);
    }

    /** Fills in the token of an encoded record whose flags ask for one; {@code number} is 1 or more. */
    public static void encodeToken(long record, long client, long number) {
        int flags = RawMemory.readByte(record + FLAGS_OFFSET);
        assert RecordFlags.hasToken(flags) : "a record without room for a token";
        long end = record + HEADER_LENGTH + RecordFlags.fieldsLength(flags);
        RawMemory.writeLong(end - RecordFlags.TOKEN_LENGTH, client);
        RawMemory.writeLong(end - Long.BYTES, number);
    }

    /** A {@link EventType#CLIENT}, of whose last change {@code outcome} and {@code outcomeNumber} are known. */
    public static int encodeClient(long address, long client, long number, Outcome outcome, long outcomeNumber) {
        header(address, EventType.CLIENT, RecordFlags.TOKEN, 0, CLIENT_LENGTH);
        encodeToken(address, client, number);
        long value = fields(address, RecordFlags.TOKEN, 0, 0);
        RawMemory.writeLong(value + CLIENT_OUTCOME_OFFSET, outcome.code());
        RawMemory.writeLong(value + CLIENT_NUMBER_OFFSET, outcomeNumber);
        return RecordDescriptor.recordLength(RecordFlags.TOKEN, 0, CLIENT_LENGTH);
    }

    /** A {@link EventType#CLEAR}. */
    public static int encodeClear(long address) {
        header(address, EventType.CLEAR, 0, 0, 0);
        return RecordDescriptor.recordLength(0, 0);
    }

    /** An {@link EventType#EXPIRE_DUE} of at most so many entries, 1 or more. */
    public static int encodeExpireDue(long address, int most) {
        header(address, EventType.EXPIRE_DUE, 0, 0, DUE_LENGTH);
        RawMemory.writeInt(address + HEADER_LENGTH, most);
        return RecordDescriptor.recordLength(0, DUE_LENGTH);
    }

    /** A {@link EventType#REQUIRE}: a part of a batch. */
    public static int encodeRequire(long address, int flags, long sequence, byte[] key) {
        begin(address, EventType.REQUIRE, flags, 0, sequence, key, 0);
        return RecordDescriptor.recordLength(flags, key.length, 0);
    }

    /**
     * The beginning of a {@link EventType#BATCH}; its records follow.
     *
     * @param recordsLength bytes of these records
     * @return where they begin, in bytes from {@code address} on
     */
    public static int encodeBatchHeader(long address, int flags, long sequence, int recordsLength) {
        begin(address, EventType.BATCH, flags, 0, sequence, NOTHING, recordsLength);
        return RecordDescriptor.recordLength(flags, 0, 0);
    }

    /** A {@link EventType#MEMORY_BUDGET}; {@code bytes} is the budget. */
    public static int encodeMemoryBudget(long address, long bytes) {
        header(address, EventType.MEMORY_BUDGET, 0, 0, BUDGET_LENGTH);
        RawMemory.writeLong(address + HEADER_LENGTH, bytes);
        return RecordDescriptor.recordLength(0, BUDGET_LENGTH);
    }

    /** A {@link EventType#CLEAN_CLOSE} or {@link EventType#DIGEST_MARK}. */
    public static int encodeMark(long address, EventType type, long sequence, long digest, long keys) {
        header(address, type, 0, 0, MARK_LENGTH);
        long value = address + HEADER_LENGTH;
        RawMemory.writeLong(value + MARK_SEQUENCE_OFFSET, sequence);
        RawMemory.writeLong(value + MARK_DIGEST_OFFSET, digest);
        RawMemory.writeLong(value + MARK_KEYS_OFFSET, keys);
        return RecordDescriptor.recordLength(0, MARK_LENGTH);
    }

    /**
     * All of a record that changes one key, or of a {@link EventType#REQUIRE}, but the bytes of the key and the bytes
     * that are stored, which go right behind: after the key, and behind offset and limit of a SPLICE.
     *
     * @param bytesLength how many bytes are stored, of a SET or a SPLICE
     * @param number the delta of an ADD, the condition of an EXPIRE_AT, offset (high half) and limit of a SPLICE
     * @return where the key goes
     */
    public static long encodeHead(
            long address,
            EventType type,
            int flags,
            long time,
            long sequence,
            int keyLength,
            int bytesLength,
            long number) {
        header(address, type, flags, keyLength, valueLength(type, bytesLength));
        long key = fields(address, flags, time, sequence);
        long value = key + keyLength;
        switch (type) {
            case ADD:
                RawMemory.writeLong(value, number);
                break;
            case SPLICE:
                RawMemory.writeInt(value + SPLICE_OFFSET_OFFSET, (int) (number >>> Integer.SIZE));
                RawMemory.writeInt(value + SPLICE_LIMIT_OFFSET, (int) number);
                break;
            case EXPIRE_AT:
                RawMemory.writeByte(value, (byte) number);
                break;
            default:
                break;
        }
        return key;
    }

    /**
     * Appends a record that changes one key, a {@link EventType#REQUIRE}, or a {@link EventType#CLEAR} to a buffer,
     * which must be little-endian and have room for it.
     *
     * @param bytes what is stored, of a SET or a SPLICE; otherwise empty
     * @param number as in {@link #encodeHead}
     */
    public static void put(
            ByteBuffer target,
            EventType type,
            int flags,
            long time,
            long sequence,
            byte[] key,
            byte[] bytes,
            long number) {
        assert !RecordFlags.hasToken(flags) : "the token of a batch is in the batch's own record";
        target.putLong(headerOf(type, flags, key.length, valueLength(type, bytes.length)));
        if (RecordFlags.hasTime(flags)) {
            target.putLong(time);
        }
        if (RecordFlags.hasSequence(flags)) {
            target.putLong(sequence);
        }
        target.put(key);
        switch (type) {
            case ADD:
                target.putLong(number);
                break;
            case SPLICE:
                target.putInt((int) (number >>> Integer.SIZE)).putInt((int) number);
                break;
            case EXPIRE_AT:
                target.put((byte) number);
                break;
            default:
                break;
        }
        target.put(bytes);
    }

    /** Bytes of the value of a record that stores so many bytes, or that takes a value of its own. */
    public static int valueLength(EventType type, int bytesLength) {
        switch (type) {
            case ADD:
                return DELTA_LENGTH;
            case SPLICE:
                return SPLICE_HEADER_LENGTH + bytesLength;
            case EXPIRE_AT:
                return CONDITION_LENGTH;
            case EXPIRE_DUE:
                return DUE_LENGTH;
            case MEMORY_BUDGET:
                return BUDGET_LENGTH;
            default:
                return bytesLength;
        }
    }

    /** The header of a record as one integer, for a record that is written in pieces. */
    public static long headerOf(EventType type, int flags, int keyLength, int valueLength) {
        return (type.code() & 0xFFL) << (8 * TYPE_OFFSET)
                | (long) flags << (8 * FLAGS_OFFSET)
                | (long) keyLength << (8 * KEY_LENGTH_OFFSET)
                | (long) valueLength << (8 * VALUE_LENGTH_OFFSET);
    }

    /** Writes header, fields and key; returns where the value goes. */
    private static long begin(
            long address, EventType type, int flags, long time, long sequence, byte[] key, int valueLength) {
        header(address, type, flags, key.length, valueLength);
        long field = fields(address, flags, time, sequence);
        RawMemory.copy(key, 0, field, key.length);
        return field + key.length;
    }

    /** Writes the fields; returns where the key goes. */
    private static long fields(long address, int flags, long time, long sequence) {
        long field = address + HEADER_LENGTH;
        if (RecordFlags.hasTime(flags)) {
            RawMemory.writeLong(field, time);
            field += Long.BYTES;
        }
        if (RecordFlags.hasSequence(flags)) {
            RawMemory.writeLong(field, sequence);
            field += Long.BYTES;
        }
        return RecordFlags.hasToken(flags) ? field + RecordFlags.TOKEN_LENGTH : field;
    }

    private static void header(long address, EventType type, int flags, int keyLength, int valueLength) {
        assert keyLength <= Limits.MAX_KEY_LENGTH && valueLength <= Limits.MAX_VALUE_LENGTH
                : "a key of " + keyLength + " bytes and a value of " + valueLength;
        RawMemory.writeByte(address + TYPE_OFFSET, type.code());
        RawMemory.writeByte(address + FLAGS_OFFSET, (byte) flags);
        RawMemory.writeShort(address + KEY_LENGTH_OFFSET, keyLength);
        RawMemory.writeInt(address + VALUE_LENGTH_OFFSET, valueLength);
    }
}
