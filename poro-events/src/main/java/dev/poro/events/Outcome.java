package dev.poro.events;

/**
 * What became of an event. Most are computed by the state machine and are the same at every replay;
 * {@link #LOG_FULL} and {@link #NOT_COMMITTED} mean that the event did not happen at all; with {@link #FAILED} and
 * {@link #UNCERTAIN} it is not known.
 *
 * <p>With each goes a number. Of a SET and an EXPIRE_AT that took effect: the sequence of the entry; of a DELETE: the
 * sequence that the removed entry had, 0 if there was none; of an ADD: the new value; of a SPLICE: the new length; of
 * a CLEAR and an EXPIRE_DUE: how many entries it removed; of a read: the sequence of the entry, 0 if there is none; of
 * a BATCH that took effect: its sequence. Of {@link #UNMET}: the sequence of the entry as it is, 0 if there is none.
 * Of a BATCH that took no effect: the index of the record because of which, -1 for its own guard or the memory budget.
 * Of {@link #FORGOTTEN} and {@link #OUT_OF_TURN}: the number of the client's last change, 0 if the client is unknown.
 * In all other cases 0.
 *
 * <p>The codes of the outcomes that are {@linkplain #isAccepted accepted} are part of the format of snapshots.
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
    FAILED(8),
    /** The guard or the condition of an event was not met; nothing was changed. */
    UNMET(9),
    /** An addition to a value that is no canonical decimal of 64 bits; nothing was changed. */
    NOT_A_NUMBER(10),
    /** An addition whose result has more than 64 bits; nothing was changed. */
    OVERFLOW(11),
    /** A splice whose result is longer than its limit; nothing was changed. */
    TOO_LONG(12),
    /** A batch that names a key twice; nothing was changed. */
    DUPLICATE(13),
    /** A read of a key that is present; one that is absent is {@link #ABSENT}. Never of an event. */
    FOUND(14),
    /**
     * The token of an event has a number below that of its client's last change: it was done before, and what became of
     * it is no longer known; nothing was changed.
     */
    FORGOTTEN(15),
    /**
     * The token of an event has a number that does not follow that of its client's last change; that of a client that
     * is unknown is not 1. Nothing was changed.
     */
    OUT_OF_TURN(16),
    /** In a replica: the cluster has not taken the event, and never will; nothing was changed. */
    NOT_COMMITTED(17),
    /** In a replica: whether the cluster has taken the event, or still will, is unknown. */
    UNCERTAIN(18);

    /** In place of a code: there is no outcome yet. Memory that nobody has written never tells of success. */
    static final byte NONE = 0;

    private static final Outcome[] BY_CODE = new Outcome[32];

    static {
        for (Outcome outcome : values()) {
            BY_CODE[outcome.code] = outcome;
        }
    }

    private final byte code;

    Outcome(int code) {
        this.code = (byte) code;
    }

    /** Whether the key was there before the event, or is there for a read. */
    public boolean existed() {
        return this == REPLACED || this == DELETED || this == FOUND;
    }

    /**
     * Whether the event was accepted: what it asks for is so now, whether it had to change something for that or not.
     * What is rejected has changed nothing, and may be tried again.
     */
    public boolean isAccepted() {
        return code >= CREATED.code && code <= ACCEPTED.code;
    }

    /** The code of this outcome: five bits, not all of them zero. */
    public byte code() {
        return code;
    }

    /** The outcome with a code, if it is accepted; otherwise {@code null}. */
    public static Outcome acceptedOf(long code) {
        return code >= CREATED.code && code <= ACCEPTED.code ? BY_CODE[(int) code] : null;
    }

    /** {@code null} of {@link #NONE} and of every code that stands for nothing. */
    static Outcome ofCode(int code) {
        return BY_CODE[code];
    }
}
