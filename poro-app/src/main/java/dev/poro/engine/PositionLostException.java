package dev.poro.engine;

/**
 * A feed cannot begin, or go on, at its position: what comes next is no longer kept, or the position is not one of this
 * store as it is. Nothing was skipped. Take the contents as a whole, as {@link Poro#forEachAt} does, and go on after
 * them.
 */
public final class PositionLostException extends PoroException {
    private static final long serialVersionUID = 1L;

    private final long earliest;
    private final long latest;

    PositionLostException(String message, long earliest, long latest, Throwable cause) {
        super(message, cause);
        this.earliest = earliest;
        this.latest = latest;
    }

    /**
     * What was asked for is kept from this sequence on: of a feed, all changes of its event and of later ones; of a
     * value in the past, the contents after its event and after later ones. {@link Long#MAX_VALUE} if nothing is.
     */
    public long earliest() {
        return earliest;
    }

    /** The log sequence of the last event. */
    public long latest() {
        return latest;
    }
}
