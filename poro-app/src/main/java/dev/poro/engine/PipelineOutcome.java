package dev.poro.engine;

import dev.poro.events.Outcome;

/** What became of a change or a read in a {@link Pipeline}. */
public enum PipelineOutcome {
    /** The value is stored; the key was absent before. */
    CREATED,
    /** The value, or the expiry, is changed; the key was present before. */
    REPLACED,
    /** The key is removed. */
    DELETED,
    /** The key is absent, so there was nothing to remove, to expire or to read. */
    ABSENT,
    /** The read has found the key. */
    FOUND,
    /** The batch has happened. */
    ACCEPTED,
    /** A condition was not met; nothing is changed. */
    UNMET,
    /** Rejected: the value is not an integer of 64 bits. */
    NOT_A_NUMBER,
    /** Rejected: the sum would not be an integer of 64 bits. */
    OVERFLOW,
    /** Rejected: the value would be too long. */
    TOO_LONG,
    /** Rejected: the batch changes a key twice. */
    DUPLICATE,
    /** Rejected: the memory budget does not admit it. */
    OUT_OF_MEMORY,
    /** Rejected: the log had no space for it. */
    LOG_FULL,
    /**
     * The store has stopped: whether the change happened decides the next recovery. Or the cluster of a replica has not
     * confirmed the change: it may have happened, or may happen later. A read was not answered.
     */
    UNKNOWN,
    /** It was not done, and will not be. */
    NOT_DONE;

    /** Whether a change was rejected, so that nothing is changed. An unmet condition rejects nothing. */
    public boolean isRejected() {
        return switch (this) {
            case NOT_A_NUMBER, OVERFLOW, TOO_LONG, DUPLICATE, OUT_OF_MEMORY, LOG_FULL -> true;
            default -> false;
        };
    }

    /** Whether the key was present: for a change before it. */
    public boolean existed() {
        return this == REPLACED || this == DELETED || this == FOUND;
    }

    static PipelineOutcome of(Outcome outcome) {
        if (outcome == null) {
            return NOT_DONE;
        }
        return switch (outcome) {
            case CREATED -> CREATED;
            case REPLACED -> REPLACED;
            case DELETED -> DELETED;
            case ABSENT -> ABSENT;
            case FOUND -> FOUND;
            case ACCEPTED -> ACCEPTED;
            case UNMET -> UNMET;
            case NOT_A_NUMBER -> NOT_A_NUMBER;
            case OVERFLOW -> OVERFLOW;
            case TOO_LONG -> TOO_LONG;
            case DUPLICATE -> DUPLICATE;
            case OUT_OF_MEMORY -> OUT_OF_MEMORY;
            case LOG_FULL -> LOG_FULL;
            case FAILED, UNCERTAIN -> UNKNOWN;
            case NOT_COMMITTED -> NOT_DONE;
            case FORGOTTEN, OUT_OF_TURN -> throw new AssertionError("no change of a pipeline has a token");
        };
    }
}
