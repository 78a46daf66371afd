package dev.poro.events;

/** The limits of the format. They hold for every event before it is published and for every record that is read. */
public final class Limits {
    /** Bytes of a key, at most; the record's field is a {@code u16}. An empty key is legal. */
    public static final int MAX_KEY_LENGTH = 0xFFFF;

    /** Bytes of a value, at most, whatever a store is configured to take. */
    public static final int MAX_VALUE_LENGTH = 16 << 20;

    /** Bytes of a value, at most, unless a store is configured otherwise. */
    public static final int DEFAULT_MAX_VALUE_LENGTH = 1 << 20;

    /** Bytes of the longest record. */
    public static final int MAX_RECORD_LENGTH =
            RecordDescriptor.HEADER_LENGTH + RecordDescriptor.MAX_FIELDS_LENGTH + MAX_KEY_LENGTH + MAX_VALUE_LENGTH;

    private Limits() {}
}
