package dev.poro.cluster;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the cluster's log is purged: a moment after each snapshot. That it fails once is no reason for the node to end,
 * because nothing is lost: the next snapshot brings another try, and a warning tells of it. One thread.
 */
final class PurgeSchedule {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterNode.class);

    /** After the service's part of a snapshot, until the rest of it is there, and the other nodes have shown up. */
    static final long AFTER_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final LongSupplier purge;
    private long snapshotPosition;
    private long snapshotAt;
    private boolean isDue;

    /** @param purge returns how much was given back */
    PurgeSchedule(LongSupplier purge) {
        this.purge = purge;
    }

    /** Returns whether there is a snapshot that was not there at the last call. */
    boolean tick(long newestSnapshot, long now) {
        if (newestSnapshot != snapshotPosition) {
            snapshotPosition = newestSnapshot;
            if (!isDue) { // otherwise frequent snapshots would put it off for ever
                snapshotAt = now;
                isDue = true;
            }
            return true;
        }
        if (isDue && now - snapshotAt > AFTER_NANOS) {
            isDue = false;
            run();
        }
        return false;
    }

    private void run() {
        try {
            LOGGER.debug("{} segments of the cluster's log are given back", purge.getAsLong());
        } catch (RuntimeException e) {
            LOGGER.warn(
                    "the cluster's log could not be given back where no node needs it any more, and takes more of the"
                            + " disk until that succeeds: {}",
                    e.toString());
            LOGGER.debug("the cluster's log could not be given back", e);
        }
    }
}
