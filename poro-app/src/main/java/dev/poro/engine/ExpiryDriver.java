package dev.poro.engine;

import dev.poro.events.FailStop;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.util.concurrent.TimeUnit;

/**
 * Removes keys that have expired, in the background and in small portions, so that other changes come in between. For
 * readers a key is gone at its time, whether it is removed by then or not. Of the replicas of a cluster, the leader
 * does it for all.
 */
final class ExpiryDriver {
    /** Keys that one event removes: well under 100 us of work. */
    private static final int KEYS_AT_ONCE = 64;

    /** Portions until the worker looks whether it is to end. */
    private static final int PORTIONS_AT_ONCE = 64;

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** After a failure: the disk is full, perhaps, or the cluster has another leader. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Operations operations;
    private Worker worker;
    private volatile boolean stopped;
    private volatile boolean paused;

    ExpiryDriver(Operations operations) {
        this.operations = operations;
    }

    void start(WorkerFactory workers, FailStop failStop) {
        worker = workers.start("poro-expiry", this::work, failStop::trip);
        worker.wake();
    }

    /** Ends the work. The store takes no more changes by now, so that none waits to be published. */
    void stop() {
        stopped = true;
        if (worker != null) {
            worker.stop();
        }
    }

    /** Lets keys that have expired stay, or removes them again. */
    void setPaused(boolean pause) {
        paused = pause;
        worker.wake();
    }

    private long work() {
        if (stopped || paused) {
            return WorkerFactory.Task.UNTIL_WOKEN;
        }
        try {
            for (int portion = 0; portion < PORTIONS_AT_ONCE && operations.isRemovalDue(); portion++) {
                operations.expireDue(KEYS_AT_ONCE);
            }
            return operations.isRemovalDue() ? 0 : PERIOD_NANOS;
        } catch (LogFullException | NotCommittedException e) {
            return PAUSE_NANOS;
        } catch (StoreClosedException | StoreFailedException e) {
            return WorkerFactory.Task.UNTIL_WOKEN;
        }
    }
}
