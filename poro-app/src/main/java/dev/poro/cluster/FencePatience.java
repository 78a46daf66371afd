package dev.poro.cluster;

import java.util.concurrent.TimeUnit;

/**
 * How long a fence may take before it counts as lost. A node that lags, as after a pause, needs longer than usual: if
 * it sent another one all the time, none would ever be the last one. So the time doubles with each that did not come
 * back in time, and afterwards is twice what the last one took. One thread.
 */
final class FencePatience {
    static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /** A fence that is lost for good, as with a leader that dies at that moment, keeps a node waiting for so long. */
    static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(24);

    private long nanos = LEAST_NANOS;

    long nanos() {
        return nanos;
    }

    /** One has not come back in time. */
    void onLost() {
        nanos = Math.min(2 * nanos, MOST_NANOS);
    }

    /** The last one has come back. */
    void onPassed(long afterNanos) {
        nanos = Math.max(LEAST_NANOS, Math.min(2 * afterNanos, MOST_NANOS));
    }
}
