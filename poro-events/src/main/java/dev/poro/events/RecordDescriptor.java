package dev.poro.events;

/**
 * The layout of a record: an event as the ring holds it and the log stores it. Little-endian, no padding.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |     type      |     flags     |          key length           |
 *  +---------------+---------------+-------------------------------+
 *  |                         value length                          |
 *  +---------------------------------------------------------------+
 *  |  time of an expiry, 8 bytes, if the flags say so              |
 *  +---------------------------------------------------------------+
 *  |  sequence of a guard, 8 bytes, if the flags say so            |
 *  +---------------------------------------------------------------+
 *  |  client of a token, 8 bytes, if the flags say so              |
 *  +---------------------------------------------------------------+
 *  |  number of a token, 8 bytes, if the flags say so              |
 *  +---------------------------------------------------------------+
 *  |                          key bytes                           ...
 *  +---------------------------------------------------------------+
 *  |                         value bytes                          ...
 *  +---------------------------------------------------------------+
 *
 *  value of a SPLICE                        value of a BATCH
 *    0  offset, u32; 0xFFFFFFFF is the end    records, one after the other: REQUIRE, any number;
 *    4  limit of the length, u32              then CLEAR, at most once; then SET, DELETE, ADD,
 *    8  bytes                                 SPLICE, EXPIRE_AT, any number
 * </pre>
 *
 * <p>The token of a BATCH is in the batch's own record; the records in it have none.
 *
 * <p>Version 1 has no flags and the types 1 to 5. Such a record is the same in version 2. {@link EventType} says
 * which flags a type may have, {@link RecordFlags} what they mean; any other flag is corruption. Version 3 adds the
 * type CLIENT, and is of snapshots only.
 */
public final class RecordDescriptor {
    /** {@code u8}, {@link EventType#code()}. */
    public static final int TYPE_OFFSET = 0;

    /** {@code u8}, {@link RecordFlags}. */
    public static final int FLAGS_OFFSET = 1;

    /** {@code u16}. */
    public static final int KEY_LENGTH_OFFSET = 2;

    /** {@code u32}. */
    public static final int VALUE_LENGTH_OFFSET = 4;

    /** Bytes before the fields. */
    public static final int HEADER_LENGTH = 8;

    /** The most bytes that the fields for the flags take. */
    public static final int MAX_FIELDS_LENGTH = 32;

    /** Value of a {@link EventType#MEMORY_BUDGET}: {@code u64} bytes. */
    public static final int BUDGET_LENGTH = 8;

    /** Value of an {@link EventType#ADD}: {@code i64}. */
    public static final int DELTA_LENGTH = 8;

    /** In the value of a {@link EventType#SPLICE}: {@code u32}, where in the old value to begin. */
    public static final int SPLICE_OFFSET_OFFSET = 0;

    /** In the value of a {@link EventType#SPLICE}: {@code u32}, the longest new value in bytes. */
    public static final int SPLICE_LIMIT_OFFSET = 4;

    /** In the value of a {@link EventType#SPLICE}: before the bytes. */
    public static final int SPLICE_HEADER_LENGTH = 8;

    /** In place of an offset: the end of the old value. */
    public static final int SPLICE_AT_END = -1;

    /** Value of an {@link EventType#EXPIRE_AT}: {@code u8}, {@link ExpiryCondition#code}. */
    public static final int CONDITION_LENGTH = 1;

    /** Value of an {@link EventType#EXPIRE_DUE}: {@code u32}, 1 or more. */
    public static final int DUE_LENGTH = 4;

    /** In the value of a mark: {@code u64}, the sequence of the last event that the state contains. */
    public static final int MARK_SEQUENCE_OFFSET = 0;

    /** In the value of a mark: {@code u64}, the digest. */
    public static final int MARK_DIGEST_OFFSET = 8;

    /** In the value of a mark: {@code u64}, the number of live keys. */
    public static final int MARK_KEYS_OFFSET = 16;

    /** Value of a {@link EventType#CLEAN_CLOSE} or {@link EventType#DIGEST_MARK}. */
    public static final int MARK_LENGTH = 24;

    /** In the value of a {@link EventType#CLIENT}: {@code u64}, {@link Outcome#code} of its last change. */
    public static final int CLIENT_OUTCOME_OFFSET = 0;

    /** In the value of a {@link EventType#CLIENT}: {@code i64}, what that outcome states in a number. */
    public static final int CLIENT_NUMBER_OFFSET = 8;

    /** Value of a {@link EventType#CLIENT}. */
    public static final int CLIENT_LENGTH = 16;

    private RecordDescriptor() {}

    /** The length of a record without flags, with a key and a value of these lengths. */
    public static int recordLength(int keyLength, int valueLength) {
        return HEADER_LENGTH + keyLength + valueLength;
    }

    /** The length of a record with a key and a value of these lengths. */
    public static int recordLength(int flags, int keyLength, int valueLength) {
        return HEADER_LENGTH + RecordFlags.fieldsLength(flags) + keyLength + valueLength;
    }
}
