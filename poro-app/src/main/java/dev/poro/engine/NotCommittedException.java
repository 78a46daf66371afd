package dev.poro.engine;

import java.nio.file.Path;

/**
 * The cluster did not confirm a change of a replica: it has no leader, this replica has lost the connection, or it took
 * too long. The store goes on, and the change may be tried again, with a token ({@link Poro#withToken}) if it must not
 * happen twice.
 */
public final class NotCommittedException extends PoroException {
    private static final long serialVersionUID = 1L;

    private final boolean mayStillHappen;

    /**
     * @param message what has happened and what to do about it, in full sentences
     * @param mayStillHappen whether the change may have happened, or may happen later
     */
    public NotCommittedException(String message, boolean mayStillHappen, Throwable cause) {
        super(message, cause);
        this.mayStillHappen = mayStillHappen;
    }

    static NotCommittedException of(Path log, boolean mayStillHappen) {
        String what = mayStillHappen
                ? ": the cluster has not confirmed the change: whether it has happened, or still will, is not known."
                        + " Read what is there before you try again, or use a token."
                : ": the cluster has not taken the change, and will not. Try again when the cluster has a leader.";
        return new NotCommittedException(log + what, mayStillHappen, null);
    }

    /** Whether the change may have happened, or may happen later. If not, it certainly never happens. */
    public boolean mayStillHappen() {
        return mayStillHappen;
    }
}
