package dev.poro.events;

/**
 * What became of an event. {@link #CREATED} to {@link #OUT_OF_MEMORY} are computed by the state machine and are the
 * same at every replay; {@link #LOG_FULL} and {@link #FAILED} mean that the event did not happen at all.
 */
public enum Outcome {
    /** A set of a key that was absent. */
    CREATED(1),
    /** A set of a key that had a value. */
    REPLACED(2),
    /** A delete of a key that was present. */
    DELETED(3),
    /** A delete of a key that was absent. */
    ABSENT(4),
    /** An event of the store itself. */
    ACCEPTED(5),
    /** A set beyond the memory budget: journaled, and rejected alike by every replay. */
    OUT_OF_MEMORY(6),
    /** The journal had no space for the event; nothing was written, later events may succeed. */
    LOG_FULL(7),
    /** The store has stopped; whether the event is in the log is unknown. */
    FAILED(8);

    /** In place of a code: there is no outcome yet. Memory that nobody has written never tells of success. */
    static final byte NONE = 0;

    private static final Outcome[] BY_CODE = new Outcome[16];

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

    /** The code of this outcome within the process: four bits, not all of them zero. */
    byte code() {
        return code;
    }

    /** {@code null} of {@link #NONE} and of every code that stands for nothing. */
    static Outcome ofCode(int code) {
        return BY_CODE[code];
    }
}
