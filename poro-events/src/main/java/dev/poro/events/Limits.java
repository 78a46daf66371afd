package dev.poro.events;

/** The limits of the format. They hold for every event before it is published and for every record that is read. */
public final class Limits {
    /** The longest key in bytes; the record's field is a {@code u16}. An empty key is legal. */
    public static final int MAX_KEY_LENGTH = 0xFFFF;

    /** The longest value in bytes that a store can be configured to accept. */
    public static final int MAX_VALUE_LENGTH = 16 << 20;

    /** The longest value in bytes that a store accepts by default. */
    public static final int DEFAULT_MAX_VALUE_LENGTH = 1 << 20;

    /** The longest record in bytes. */
    public static final int MAX_RECORD_LENGTH =
            RecordDescriptor.HEADER_LENGTH + RecordDescriptor.MAX_FIELDS_LENGTH + MAX_KEY_LENGTH + MAX_VALUE_LENGTH;

    private Limits() {}
}
