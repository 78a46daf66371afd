package dev.poro.engine;

/** Which threads run the journaling and the state machine handler. */
public enum Threading {
    /** One thread for each handler: for many cores, and pipelined or many-producer load. */
    DEDICATED,
    /** A thread that waits for an outcome runs both, for all published events: for few cores. */
    CALLER;

    /** With fewer cores, two more threads would only compete with the callers. */
    private static final int DEDICATED_CORES = 8;

    /** The mode for the machine's number of processors: the default of {@link PoroBuilder#threading}. */
    public static Threading forThisMachine() {
        return Runtime.getRuntime().availableProcessors() < DEDICATED_CORES ? CALLER : DEDICATED;
    }
}
