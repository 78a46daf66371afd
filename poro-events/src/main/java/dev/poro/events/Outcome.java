package dev.poro.events;

/**
 * What became of an event. {@link #CREATED} to {@link #OUT_OF_MEMORY} are computed by the state machine and are the
 * same at every replay; {@link #LOG_FULL} and {@link #FAILED} mean that the event did not happen at all.
 */
public enum Outcome {
    /** A set of a key that was absent. */
    CREATED(0),
    /** A set of a key that had a value. */
    REPLACED(1),
    /** A delete of a key that was present. */
    DELETED(2),
    /** A delete of a key that was absent. */
    ABSENT(3),
    /** An event of the store itself. */
    ACCEPTED(4),
    /** A set beyond the memory budget: journaled, and rejected alike by every replay. */
    OUT_OF_MEMORY(5),
    /** The journal had no space for the event; nothing was written, later events may succeed. */
    LOG_FULL(6),
    /** The store has stopped; whether the event is in the log is unknown. */
    FAILED(7);

    private static final Outcome[] BY_CODE = new Outcome[8];

    static {
        for (Outcome outcome : values()) {
            BY_CODE[outcome.code] = outcome;
        }
    }

    private final byte code;

    Outcome(int code) {
        this.code = (byte) code;
    }

    /** Whether the key was there before the event. */
    public boolean existed() {
        return this == REPLACED || this == DELETED;
    }

    /** The byte that stands for this outcome within the process. */
    byte code() {
        return code;
    }

    static Outcome ofCode(byte code) {
        return BY_CODE[code];
    }
}
