package dev.poro.cluster;

/**
 * Notices that a follower cannot catch up. Aeron tries again for ever, and says so in warnings only: as after each
 * change of leaders, but then a later try succeeds. Thread-safe.
 */
final class FailedJoins {
    /** Each takes a second or more. */
    static final int MOST = 10;

    private static final String SAID_BY_AERON = "failed to join catchup log";
    private static final long NONE = -1;

    private long position = NONE;
    private int count;

    /**
     * Whether to tell about it now: once, until the position has moved.
     *
     * @param error any, that Aeron has told
     * @param reached up to where the node has the cluster's log
     */
    synchronized boolean isToBeTold(Throwable error, long reached) {
        String message = error.getMessage();
        if (message == null || !message.contains(SAID_BY_AERON)) {
            return false;
        }
        if (reached != position) {
            position = reached;
            count = 0;
        }
        count++;
        return count == MOST;
    }
}
