package dev.poro.events;

import static dev.poro.events.RecordDescriptor.CLIENT_NUMBER_OFFSET;
import static dev.poro.events.RecordDescriptor.CLIENT_OUTCOME_OFFSET;
import static dev.poro.events.RecordDescriptor.FLAGS_OFFSET;
import static dev.poro.events.RecordDescriptor.HEADER_LENGTH;
import static dev.poro.events.RecordDescriptor.KEY_LENGTH_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_DIGEST_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_KEYS_OFFSET;
import static dev.poro.events.RecordDescriptor.MARK_SEQUENCE_OFFSET;
import static dev.poro.events.RecordDescriptor.SPLICE_HEADER_LENGTH;
import static dev.poro.events.RecordDescriptor.SPLICE_LIMIT_OFFSET;
import static dev.poro.events.RecordDescriptor.SPLICE_OFFSET_OFFSET;
import static dev.poro.events.RecordDescriptor.TYPE_OFFSET;
import static dev.poro.events.RecordDescriptor.VALUE_LENGTH_OFFSET;

/**
 * Reads one record in place: in a ring slot, in a segment, in a reader's buffer. Wraps memory, never owns or
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

    /** {@link #defectOf(long, long, int)} of the version that is written. */
    public static String defectOf(long address, long available) {
        return defectOf(address, available, EventType.VERSION);
    }

    /**
     * What is wrong with the record in at most {@code available} bytes at {@code address}, or {@code null} if it is
     * well-formed: its type and flags are known, its lengths are within {@link Limits} and within {@code available},
     * and its fields and its value are what its type says. Reads nothing beyond {@code available} and allocates only
     * for the message.
     *
     * @param version of the format, from {@link EventType#FIRST_VERSION} to {@link EventType#VERSION}
     */
    public static String defectOf(long address, long available, int version) {
        if (isPlainSet(address, available)) {
            return null;
        }
        String defect = defectOfOne(address, available, version);
        if (defect != null) {
            return defect;
        }
        EventType type = EventType.ofCode(RawMemory.readByte(address + TYPE_OFFSET));
        return type == EventType.BATCH
                ? BatchFormat.defectOf(address, version)
                : type == EventType.REQUIRE ? "REQUIRE record outside of a batch" : null;
    }

    /** Whether there is a well-formed set without flags, of either version, as most records are. */
    private static boolean isPlainSet(long address, long available) {
        if (available < HEADER_LENGTH
                || RawMemory.readByte(address + TYPE_OFFSET) != EventType.SET.code()
                || RawMemory.readByte(address + FLAGS_OFFSET) != 0) {
            return false;
        }
        long valueLength = Integer.toUnsignedLong(RawMemory.readInt(address + VALUE_LENGTH_OFFSET));
        int keyLength = RawMemory.readUnsignedShort(address + KEY_LENGTH_OFFSET);
        return valueLength <= Limits.MAX_VALUE_LENGTH && HEADER_LENGTH + keyLength + valueLength <= available;
    }

    /**
     * {@link #defectOf(long, long, int)} of a record that may be in a batch; what is in its own value is not looked at.
     */
    static String defectOfOne(long address, long available, int version) {
        if (available < HEADER_LENGTH) {
            return "record header cut short: " + available + " of " + HEADER_LENGTH + " bytes";
        }
        byte code = RawMemory.readByte(address + TYPE_OFFSET);
        EventType type = EventType.ofCode(code);
        if (type == null || !type.isKnownTo(version)) {
            return "unknown event type " + (code & 0xFF);
        }
        int flags = RawMemory.readByte(address + FLAGS_OFFSET) & 0xFF;
        if (!type.allows(flags, version)) {
            return "unknown record flags 0x" + Integer.toHexString(flags);
        }
        int keyLength = RawMemory.readUnsignedShort(address + KEY_LENGTH_OFFSET);
        long valueLength = Integer.toUnsignedLong(RawMemory.readInt(address + VALUE_LENGTH_OFFSET));
        int fieldsLength = RecordFlags.fieldsLength(flags);
        if (valueLength > Limits.MAX_VALUE_LENGTH
                || HEADER_LENGTH + fieldsLength + keyLength + valueLength > available) {
            return "record of key length " + keyLength + " and value length " + valueLength + " does not fit in "
                    + available + " bytes";
        }
        if (!type.fits(keyLength, (int) valueLength)) {
            return type + " record with key length " + keyLength + " and value length " + valueLength;
        }
        return flags == 0 && type.code() <= EventType.DIGEST_MARK.code()
                ? null
                : defectOfContents(type, flags, address + HEADER_LENGTH, keyLength);
    }

    private static String defectOfContents(EventType type, int flags, long fields, int keyLength) {
        long field = fields;
        if (RecordFlags.hasTime(flags)) {
            long time = RawMemory.readLong(field);
            if (time < (RecordFlags.expiry(flags) == RecordFlags.RELATIVE_EXPIRY ? 1 : 0)) {
                return type + " record with an expiry of " + time + " ms";
            }
            field += Long.BYTES;
        }
        if (RecordFlags.hasSequence(flags)) {
            if (RawMemory.readLong(field) < 0) {
                return type + " record with a guard of sequence " + RawMemory.readLong(field);
            }
            field += Long.BYTES;
        }
        if (RecordFlags.hasToken(flags) && RawMemory.readLong(field + Long.BYTES) < 1) {
            return type + " record with a token of number " + RawMemory.readLong(field + Long.BYTES);
        }
        return defectOfValue(type, fields + RecordFlags.fieldsLength(flags) + keyLength);
    }

    private static String defectOfValue(EventType type, long value) {
        switch (type) {
            case SPLICE:
                int limit = RawMemory.readInt(value + SPLICE_LIMIT_OFFSET);
                return limit < 1 || limit > Limits.MAX_VALUE_LENGTH ? "SPLICE record with a limit of " + limit : null;
            case EXPIRE_AT:
                int condition = RawMemory.readByte(value) & 0xFF;
                return ExpiryCondition.ofCode(condition) == null
                        ? "EXPIRE_AT record with unknown condition " + condition
                        : null;
            case EXPIRE_DUE:
                int most = RawMemory.readInt(value);
                return most < 1 ? "EXPIRE_DUE record of " + most + " entries" : null;
            case CLIENT:
                long code = RawMemory.readLong(value + CLIENT_OUTCOME_OFFSET);
                return Outcome.acceptedOf(code) == null
                        ? "CLIENT record with unknown outcome " + Long.toUnsignedString(code)
                        : null;
            default:
                return null;
        }
    }

    /** What happened. */
    public EventType type() {
        return EventType.ofCode(RawMemory.readByte(address + TYPE_OFFSET));
    }

    /** {@link RecordFlags}. */
    public int flags() {
        return RawMemory.readByte(address + FLAGS_OFFSET);
    }

    /** The address of the record. */
    public long address() {
        return address;
    }

    /** Bytes of the whole record. */
    public int length() {
        return RecordDescriptor.recordLength(flags(), keyLength(), valueLength());
    }

    /** Bytes of the key. */
    public int keyLength() {
        return RawMemory.readUnsignedShort(address + KEY_LENGTH_OFFSET);
    }

    /** Bytes of the value. */
    public int valueLength() {
        return RawMemory.readInt(address + VALUE_LENGTH_OFFSET);
    }

    /** The address of the key. */
    public long keyAddress() {
        return address + HEADER_LENGTH + RecordFlags.fieldsLength(flags());
    }

    /** The address of the value. */
    public long valueAddress() {
        return keyAddress() + keyLength();
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

    /** The time of the expiry, in milliseconds; only if the flags say absolute or relative. */
    public long time() {
        return RawMemory.readLong(address + HEADER_LENGTH);
    }

    /** The sequence of the guard; only if the flags say so. */
    public long guardSequence() {
        long field = address + HEADER_LENGTH;
        return RawMemory.readLong(RecordFlags.hasTime(flags()) ? field + Long.BYTES : field);
    }

    /** The client of the token; only if the flags say so. */
    public long tokenClient() {
        return RawMemory.readLong(keyAddress() - RecordFlags.TOKEN_LENGTH);
    }

    /** The number of the change among those of the token's client, from 1 on; only if the flags say so. */
    public long tokenNumber() {
        return RawMemory.readLong(keyAddress() - Long.BYTES);
    }

    /** What became of the client's last change; only of a {@link EventType#CLIENT}. */
    public Outcome clientOutcome() {
        return Outcome.acceptedOf(RawMemory.readLong(valueAddress() + CLIENT_OUTCOME_OFFSET));
    }

    /** What that outcome states in a number; only of a {@link EventType#CLIENT}. */
    public long clientNumber() {
        return RawMemory.readLong(valueAddress() + CLIENT_NUMBER_OFFSET);
    }

    /** What to add; only of an {@link EventType#ADD}. */
    public long delta() {
        return RawMemory.readLong(valueAddress());
    }

    /**
     * Where to begin, or {@link RecordDescriptor#SPLICE_AT_END}, as a {@code u32}; only of a {@link EventType#SPLICE}.
     */
    public int spliceOffset() {
        return RawMemory.readInt(valueAddress() + SPLICE_OFFSET_OFFSET);
    }

    /** The longest new value in bytes; only of a {@link EventType#SPLICE}. */
    public int spliceLimit() {
        return RawMemory.readInt(valueAddress() + SPLICE_LIMIT_OFFSET);
    }

    /** The address of the new bytes; only of a {@link EventType#SPLICE}. */
    public long spliceAddress() {
        return valueAddress() + SPLICE_HEADER_LENGTH;
    }

    /** The number of new bytes; only of a {@link EventType#SPLICE}. */
    public int spliceLength() {
        return valueLength() - SPLICE_HEADER_LENGTH;
    }

    /** Only of an {@link EventType#EXPIRE_AT}. */
    public ExpiryCondition condition() {
        return ExpiryCondition.ofCode(RawMemory.readByte(valueAddress()));
    }

    /** The largest number of entries to remove; only of an {@link EventType#EXPIRE_DUE}. */
    public int most() {
        return RawMemory.readInt(valueAddress());
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
