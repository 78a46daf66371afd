package dev.poro.engine;

/**
 * The token of a change is not that of its client's next change, nor of its last one. Nothing was changed by this call.
 */
public final class TokenRejectedException extends PoroException {
    private static final long serialVersionUID = 1L;

    /** Why a token was rejected. */
    public enum Reason {
        /** The change was done before. Its outcome is no longer known, because the client has done another since. */
        DONE_BEFORE,
        /** The number does not follow that of the client's last change: one in between is missing. */
        OUT_OF_TURN,
        /**
         * The store does not know the client, and this is not its first change. Either it never did, or it has
         * forgotten the client, and whether the change was done.
         */
        UNKNOWN_CLIENT
    }

    private final Reason reason;
    private final long lastNumber;

    private TokenRejectedException(Reason reason, long lastNumber, String message) {
        super(message, null);
        this.reason = reason;
        this.lastNumber = lastNumber;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** The number of the last change of the client that was done; 0 if the client is unknown. */
    public long lastNumber() {
        return lastNumber;
    }

    static TokenRejectedException of(Token token, long last) {
        String change = "change " + token.number() + " of client " + token.client();
        if (token.number() < last) {
            return new TokenRejectedException(
                    Reason.DONE_BEFORE,
                    last,
                    change + " was done before, and its outcome is no longer known: the last one is " + last);
        }
        if (last == 0) {
            return new TokenRejectedException(
                    Reason.UNKNOWN_CLIENT,
                    last,
                    change + " was rejected: the client is unknown, or forgotten. Look whether the change was done, and"
                            + " go on as another client, from 1 on");
        }
        return new TokenRejectedException(
                Reason.OUT_OF_TURN,
                last,
                change + " was rejected: the last one that was done is " + last + ", and the next one is "
                        + (last + 1));
    }
}
