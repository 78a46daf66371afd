package dev.poro.events;

/**
 * What happened, and what a record of it carries. The code is the first byte of every record and part of the log's
 * format: codes are never reused.
 *
 * <p>Code 0 is always invalid, so that zeroed memory is never an event. Codes 23 to 63 are reserved for further changes
 * of data, 65 to 127 for further events of the store itself. A reader that finds an unknown code reports corruption;
 * a version that adds codes raises the format version of the segment header.
 */
public enum EventType {
    /** Stores a value under a key. */
    SET(1, 1, Flags.OF_SET),
    /** Removes a key. */
    DELETE(2, 1, Flags.ANY_GUARD),
    /** The memory budget that holds from here on. Value: {@code u64} bytes. */
    MEMORY_BUDGET(3, 1, Flags.NONE),
    /** A clean close, and the state that every replay must have reached just before it. */
    CLEAN_CLOSE(4, 1, Flags.NONE),
    /** The state that every replay must have reached just before it. */
    DIGEST_MARK(5, 1, Flags.NONE),
    /** Adds to a number, which is absent or a canonical decimal. Value: {@code i64}, what to add. */
    ADD(16, 2, Flags.ANY_GUARD),
    /** Overwrites a part of a value, or appends to it. Value: see {@link RecordDescriptor}. */
    SPLICE(17, 2, Flags.ANY_GUARD),
    /** Sets or clears the expiry of a key. Value: {@code u8}, a {@link ExpiryCondition}. */
    EXPIRE_AT(18, 2, Flags.OF_EXPIRE_AT),
    /** Removes every key. */
    CLEAR(19, 2, Flags.NONE),
    /** Several changes, of which all happen or none. Value: see {@link RecordDescriptor}. */
    BATCH(20, 2, Flags.OF_BATCH),
    /** Removes entries that are due. Value: {@code u32}, how many at most. */
    EXPIRE_DUE(21, 2, Flags.NONE),
    /** Within a {@link #BATCH}: a key that must be as its guard says, and is not changed. */
    REQUIRE(22, 2, Flags.OF_REQUIRE),
    /**
     * Within a snapshot: a client whose changes carry tokens, the number of its last change, and what became of that.
     * Value: see {@link RecordDescriptor}.
     */
    CLIENT(64, 3, Flags.OF_CLIENT);

    /** The first version of the format, and the oldest that is read. */
    public static final int FIRST_VERSION = 1;

    /** The version of the format that is written, and the newest that is read. */
    public static final int VERSION = 2;

    /** The version of a snapshot that knows clients, and of the records in it. No log is of it. */
    public static final int SNAPSHOT_VERSION = 3;

    /** A bit for each value of a record's flags, from 0 to 31: whether it is legal. From 16 on there is a token. */
    private static final class Flags {
        static final int NONE = 1;
        /** No expiry, and each of the four guards; with a token or without. */
        static final int ANY_GUARD = 0x1111_1111;

        static final int OF_SET = 0xFFFF_FFFF;
        /** Each expiry but "keep". */
        static final int OF_EXPIRE_AT = 0xDDDD_DDDD;
        /** No expiry; no guard, or a sequence. */
        static final int OF_BATCH = 0x1001_1001;
        /** No expiry, a guard, no token. */
        static final int OF_REQUIRE = 0x1110;
        /** A token. */
        static final int OF_CLIENT = 0x1_0000;
    }

    private static final EventType[] BY_CODE = new EventType[128];

    static {
        for (EventType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final byte code;
    private final int sinceVersion;
    private final int legalFlags;

    EventType(int code, int sinceVersion, int legalFlags) {
        this.code = (byte) code;
        this.sinceVersion = sinceVersion;
        this.legalFlags = legalFlags;
    }

    /** The byte that stands for this type in a record. */
    public byte code() {
        return code;
    }

    /** Whether the event changes one key: the hash of its key finds the entry. */
    public boolean changesOneKey() {
        return this == SET || this == DELETE || this == ADD || this == SPLICE || this == EXPIRE_AT;
    }

    /** Whether a record of this type names a key. */
    public boolean hasKey() {
        return changesOneKey() || this == REQUIRE;
    }

    /** Whether the event states what the state is, and changes nothing. */
    public boolean isMark() {
        return this == CLEAN_CLOSE || this == DIGEST_MARK;
    }

    /** The type with this code, or {@code null} for a code that this version does not know. */
    public static EventType ofCode(byte code) {
        return code < 0 ? null : BY_CODE[code];
    }

    /** Whether a record of this version of the format may be of this type. */
    boolean isKnownTo(int version) {
        return sinceVersion <= version;
    }

    /** Whether a record of this type and version may have these flags, from 0 to 255. */
    boolean allows(int flags, int version) {
        return flags == 0
                ? (legalFlags & 1) != 0
                : version > FIRST_VERSION && flags < Integer.SIZE && (legalFlags >>> flags & 1) != 0;
    }

    /**
     * Whether a record of this type may have a key and a value of these lengths. Does not look at the value.
     */
    boolean fits(int keyLength, int valueLength) {
        switch (this) {
            case SET:
                return true;
            case DELETE:
            case REQUIRE:
                return valueLength == 0;
            case ADD:
                return valueLength == RecordDescriptor.DELTA_LENGTH;
            case SPLICE:
                return valueLength >= RecordDescriptor.SPLICE_HEADER_LENGTH;
            case EXPIRE_AT:
                return valueLength == RecordDescriptor.CONDITION_LENGTH;
            case MEMORY_BUDGET:
                return keyLength == 0 && valueLength == RecordDescriptor.BUDGET_LENGTH;
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                return keyLength == 0 && valueLength == RecordDescriptor.MARK_LENGTH;
            case CLEAR:
                return keyLength == 0 && valueLength == 0;
            case BATCH:
                return keyLength == 0 && valueLength > 0;
            case EXPIRE_DUE:
                return keyLength == 0 && valueLength == RecordDescriptor.DUE_LENGTH;
            case CLIENT:
                return keyLength == 0 && valueLength == RecordDescriptor.CLIENT_LENGTH;
        }
        throw new AssertionError(this);
    }
}
