package dev.poro.engine;

import dev.poro.events.Outcome;

/** The value that a key has does not admit the change, or a batch contradicts itself; nothing changed. */
public final class ChangeRejectedException extends PoroException {
    private static final long serialVersionUID = 1L;

    /** Why a change was rejected. */
    public enum Reason {
        /** The value is no integer of 64 bits in decimal, without blanks, plus sign or leading zeros. */
        NOT_A_NUMBER("the value is not an integer of 64 bits in decimal"),
        /** The sum has more than 64 bits. */
        OVERFLOW("the sum is beyond 64 bits"),
        /** The value would be longer than the store takes. */
        TOO_LONG("the value would be longer than the limit of the store"),
        /** Two changes of a batch have the same key. */
        DUPLICATE_KEY("a batch changes a key once at most");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }

    private final Reason reason;

    private ChangeRejectedException(Reason reason, String message) {
        super(message, null);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    static ChangeRejectedException of(Outcome outcome) {
        Reason reason = reasonOf(outcome);
        return new ChangeRejectedException(reason, reason.text + "; nothing was changed");
    }

    /** @param index of the part of the batch, from 0 on */
    static ChangeRejectedException ofBatch(Outcome outcome, long index) {
        Reason reason = reasonOf(outcome);
        return new ChangeRejectedException(
                reason, "part " + (index + 1) + " of the batch: " + reason.text + "; nothing was changed");
    }

    private static Reason reasonOf(Outcome outcome) {
        switch (outcome) {
            case NOT_A_NUMBER:
                return Reason.NOT_A_NUMBER;
            case OVERFLOW:
                return Reason.OVERFLOW;
            case TOO_LONG:
                return Reason.TOO_LONG;
            case DUPLICATE:
                return Reason.DUPLICATE_KEY;
            default:
                throw new AssertionError(outcome);
        }
    }
}
