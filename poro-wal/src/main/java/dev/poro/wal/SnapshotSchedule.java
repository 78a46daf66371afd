package dev.poro.wal;

/**
 * When a snapshot is due that nobody has asked for: once the log since the last one is longer than a limit, and longer
 * than what there is to write. So a snapshot never costs more than the log that it saves from being replayed. After a
 * failure the next try comes later each time.
 *
 * <p>One thread; the lengths may be asked for by any.
 */
final class SnapshotSchedule {
    /** Periods that pass after a failure before the next try; after each further one twice as many. */
    private static final int FIRST_PAUSE = 8;

    private static final int LONGEST_PAUSE = 2_048;

    private final long limit;
    private volatile long lengthAtLast;
    private long lengthAtLook;
    private long lengthAtBegin;
    private int pauseAfterFailure = FIRST_PAUSE;
    private int periodsToPass;

    /** @param limit bytes of log that do not make a snapshot due */
    SnapshotSchedule(long limit) {
        this.limit = limit;
    }

    /**
     * Asked once in a period.
     *
     * @param logLength bytes of log so far
     * @param liveLength bytes of what a snapshot would hold
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

    /** Whether a snapshot is not due yet, but the log grows and has come more than three quarters of the way. */
    boolean isNear(long logLength, long liveLength) {
        boolean grows = logLength > lengthAtLook;
        lengthAtLook = logLength;
        long limitNow = lengthUntilDue(liveLength);
        long length = lengthSinceLast(logLength);
        return grows && length <= limitNow && length > limitNow - limitNow / 4;
    }

    /** Bytes of log that the last snapshot does not stand for. */
    long lengthSinceLast(long logLength) {
        return logLength - lengthAtLast;
    }

    /** The most bytes of log since the last snapshot that do not make one due. */
    long lengthUntilDue(long liveLength) {
        return Math.max(limit, liveLength);
    }

    /** A snapshot begins. */
    void onBegin(long logLength) {
        lengthAtBegin = logLength;
    }

    /** It is there. */
    void onSuccess() {
        lengthAtLast = lengthAtBegin;
        pauseAfterFailure = FIRST_PAUSE;
        periodsToPass = 0;
    }

    /** It is not. */
    void onFailure() {
        periodsToPass = pauseAfterFailure;
        pauseAfterFailure = Math.min(LONGEST_PAUSE, 2 * pauseAfterFailure);
    }
}
