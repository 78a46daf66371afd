package dev.poro.wal;

/**
 * Decides when the next snapshot is due: once the log since the last one is longer than a limit, and longer than the
 * live data. So a snapshot never costs more than the log that it saves from replay. After each failure the pause before
 * the next try doubles.
 *
 * <p>One thread; any thread may query the lengths.
 */
final class SnapshotSchedule {
    /** Periods between a failure and the next try; doubled by each further failure. */
    private static final int FIRST_PAUSE = 8;

    private static final int LONGEST_PAUSE = 2_048;

    private final long limit;
    private volatile long lengthAtLast;
    private long lengthAtLook;
    private long lengthAtBegin;
    private int pauseAfterFailure = FIRST_PAUSE;
    private int periodsToPass;

    /** @param limit log growth allowed before the next snapshot, in bytes */
    SnapshotSchedule(long limit) {
        this.limit = limit;
    }

    /**
     * Whether to begin a snapshot. Called once in a period.
     *
     * @param logLength bytes of log so far
     * @param liveLength bytes that a snapshot would hold
     */
    boolean isDue(long logLength, long liveLength) {
        if (lengthSinceLast(logLength) <= lengthUntilDue(liveLength)) {
            return false;
        }
        if (periodsToPass > 0) {
            periodsToPass--;
            return false;
        }
        return true;
    }

    /** Whether a snapshot is not due yet, but the log is growing and past three quarters of the limit. */
    boolean isNear(long logLength, long liveLength) {
        boolean grows = logLength > lengthAtLook;
        lengthAtLook = logLength;
        long limitNow = lengthUntilDue(liveLength);
        long length = lengthSinceLast(logLength);
        return grows && length <= limitNow && length > limitNow - limitNow / 4;
    }

    /** Bytes of log that the last snapshot does not cover. */
    long lengthSinceLast(long logLength) {
        return logLength - lengthAtLast;
    }

    /** Log growth allowed before the next snapshot, in bytes. */
    long lengthUntilDue(long liveLength) {
        return Math.max(limit, liveLength);
    }

    /** A snapshot begins. */
    void onBegin(long logLength) {
        lengthAtBegin = logLength;
    }

    /** The snapshot is complete. */
    void onSuccess() {
        lengthAtLast = lengthAtBegin;
        pauseAfterFailure = FIRST_PAUSE;
        periodsToPass = 0;
    }

    /** The snapshot has failed. */
    void onFailure() {
        periodsToPass = pauseAfterFailure;
        pauseAfterFailure = Math.min(LONGEST_PAUSE, 2 * pauseAfterFailure);
    }
}
