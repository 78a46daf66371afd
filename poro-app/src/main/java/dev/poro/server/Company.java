package dev.poro.server;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Whether a round that is to be forced waits for more requests. A force takes as long as dozens of requests, and the
 * clients that the last round has answered ask again in a moment. A round that began without them would be forced for a
 * few requests, and all others would wait for the force after that.
 *
 * <p>So it waits for those who were answered last, as long as they keep coming, but no longer than two forces take. A
 * client on its own never waits. Belongs to the thread of its loop.
 */
final class Company {
    /** Without anybody coming, a round waits for up to this part of the time that a force takes. */
    private static final int GAP_SHARE = 4;

    private static final int MOST_FORCES = 2;

    /** A device that stalls once says nothing about the next force. */
    private static final long MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final int FORCES_OF_MEAN = 8;

    /** Of the last round that was forced. */
    private long round;

    /** How many of those that it has answered have sent nothing since. */
    private int missing;

    /** When the last of them came, or was answered. */
    private long cameAt;

    private long answeredAt;

    /** How long a force takes, a moving mean. */
    private long forceNanos;

    /** A connection has sent something. */
    void came(Connection connection, long now) {
        if (connection.lastForced() == round && missing > 0) {
            connection.setLastForced(0);
            missing--;
            cameAt = now;
        }
    }

    /** Whether more are to be waited for now, until {@link #awaitedUntil} at most. */
    boolean isAwaited(long now) {
        return missing > 0 && now - awaitedUntil() < 0;
    }

    /** By {@link System#nanoTime}. */
    long awaitedUntil() {
        long force = Math.min(forceNanos, MAX_NANOS);
        long gap = cameAt + force / GAP_SHARE;
        long most = answeredAt + MOST_FORCES * force;
        return gap - most < 0 ? gap : most;
    }

    /** A round was forced, in so many nanoseconds, and its connections were answered. */
    void answered(List<Connection> connections, long nanos, long now) {
        forceNanos += (nanos - forceNanos) / FORCES_OF_MEAN;
        round++;
        missing = 0;
        for (int i = 0; i < connections.size(); i++) {
            Connection connection = connections.get(i);
            if (connection.lastForced() != round) {
                connection.setLastForced(round);
                missing++;
            }
        }
        cameAt = now;
        answeredAt = now;
    }
}
