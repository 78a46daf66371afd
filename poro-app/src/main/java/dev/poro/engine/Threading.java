package dev.poro.engine;

/** Who runs the journaling and the state machine handler. */
public enum Threading {
    /** A thread for each, all the time: for many cores, pipelined or many-producer load. */
    DEDICATED,
    /** The thread that waits for an outcome runs both and takes everyone's events along: for few cores. */
    CALLER;

    /** Fewer cores than this are better used by the callers than by two more threads. */
    private static final int DEDICATED_CORES = 8;

    /** What suits the machine's number of processors: the default of {@link PoroBuilder#threading}. */
    public static Threading forThisMachine() {
        return Runtime.getRuntime().availableProcessors() < DEDICATED_CORES ? CALLER : DEDICATED;
    }
}
