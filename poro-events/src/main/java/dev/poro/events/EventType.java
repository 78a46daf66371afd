package dev.poro.events;

/**
 * What happened. The code is the first byte of every record and part of the log's format: codes are never reused.
 *
 * <p>Code 0 is invalid for ever, so that zeroed memory is never an event. Codes 16 to 63 are set aside for further
 * changes of data (increment, append, expire, an atomic group of changes), 64 to 127 for further events of the store
 * itself. A reader that meets a code it does not know reports corruption; a version that adds codes raises the
 * format version of the segment header.
 */
public enum EventType {
    /** Stores a value under a key. */
    SET(1),
    /** Removes a key. */
    DELETE(2),
    /** The memory budget that holds from here on. Key empty; value: {@code u64} bytes. */
    MEMORY_BUDGET(3),
    /** A clean close, and the state that every replay must have reached just before this event. */
    CLEAN_CLOSE(4),
    /** The state that every replay must have reached just before this event. */
    DIGEST_MARK(5);

    private static final EventType[] BY_CODE = new EventType[128];

    static {
        for (EventType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final byte code;

    EventType(int code) {
        this.code = (byte) code;
    }

    /** The byte that stands for this type in a record. */
    public byte code() {
        return code;
    }

    /** Whether the event changes keys, as opposed to the store's own events. */
    public boolean isData() {
        return this == SET || this == DELETE;
    }

    /** The type with this code, or {@code null} for a code that this version does not know. */
    public static EventType ofCode(byte code) {
        return code < 0 ? null : BY_CODE[code];
    }
}
