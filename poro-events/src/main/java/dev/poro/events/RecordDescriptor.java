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
 *  |                          key bytes                           ...
 *  +---------------------------------------------------------------+
 *  |                         value bytes                          ...
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>{@code flags} is zero in this version; a set bit is corruption. Bits are set aside for fields that later types
 * carry between header and key (an expiry time).
 */
public final class RecordDescriptor {
    /** {@code u8}, {@link EventType#code()}. */
    public static final int TYPE_OFFSET = 0;

    /** {@code u8}, zero. */
    public static final int FLAGS_OFFSET = 1;

    /** {@code u16}. */
    public static final int KEY_LENGTH_OFFSET = 2;

    /** {@code u32}. */
    public static final int VALUE_LENGTH_OFFSET = 4;

    /** The overhead of a record. */
    public static final int HEADER_LENGTH = 8;

    /** Value of a {@link EventType#MEMORY_BUDGET}: {@code u64} bytes. */
    public static final int BUDGET_LENGTH = 8;

    /** In the value of a mark: {@code u64}, the sequence after whose event the digest was taken: the one before. */
    public static final int MARK_SEQUENCE_OFFSET = 0;

    /** In the value of a mark: {@code u64}, the digest. */
    public static final int MARK_DIGEST_OFFSET = 8;

    /** In the value of a mark: {@code u64}, the number of live keys. */
    public static final int MARK_KEYS_OFFSET = 16;

    /** Value of a {@link EventType#CLEAN_CLOSE} or {@link EventType#DIGEST_MARK}. */
    public static final int MARK_LENGTH = 24;

    private RecordDescriptor() {}

    /** The length of a record with a key and a value of these lengths. */
    public static int recordLength(int keyLength, int valueLength) {
        return HEADER_LENGTH + keyLength + valueLength;
    }
}
