package dev.poro.cluster;

import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Replica;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that does what nobody asks for. On the leader: gives the store its memory budget, and lets log time pass
 * while there are no changes. On every node: gives back what no node needs of the cluster's log, and under
 * {@code everysec} forces it.
 */
final class Keeper implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterNode.class);
    private static final long PERIOD_MS = 20;
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NO_TERM = -1;

    private final Replica replica;
    private final NodeService service;
    private final ClusterClient client;
    private final Outbox outbox;
    private final PurgeSchedule purge;
    private final Runnable closeIdleFiles;
    /** {@code null} unless the cluster's log is to be forced each second. */
    private final ArchiveForcer forcer;

    private final NodeFailure failure;
    private final Thread thread;
    private volatile boolean isClosing;
    private long budgetTerm = NO_TERM;
    private long position;
    private long movedAt;
    private long forcedAt = System.nanoTime();

    /** @param closeIdleFiles ends a copy that another node has asked for, and makes no more */
    Keeper(
            Replica replica,
            NodeService service,
            ClusterClient client,
            Outbox outbox,
            PurgeSchedule purge,
            Runnable closeIdleFiles,
            ArchiveForcer forcer,
            NodeFailure failure) {
        this.replica = replica;
        this.service = service;
        this.client = client;
        this.outbox = outbox;
        this.purge = purge;
        this.closeIdleFiles = closeIdleFiles;
        this.forcer = forcer;
        this.failure = failure;
        this.thread = new Thread(this, "poro-cluster-keeper");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @Override
    public void run() {
        while (!isClosing && failure.cause() == null) {
            try {
                if (service.isLeader() && client.isConnected()) {
                    lead();
                }
                if (purge.tick(service.snapshotPosition(), System.nanoTime())) {
                    outbox.addBarrier(); // shows the other nodes that this one is there
                }
                closeIdleFiles.run();
                force();
            } catch (NotCommittedException e) {
                LOGGER.debug("the memory budget is not adopted yet", e);
            } catch (RuntimeException e) {
                failure.stop(e);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(PERIOD_MS);
            } catch (InterruptedException e) {
                return; // by close
            }
        }
    }

    private void lead() {
        long term = service.term();
        if (term != budgetTerm) {
            replica.adoptMemoryBudget();
            budgetTerm = term;
        }
        long now = System.nanoTime();
        if (service.position() != position) {
            position = service.position();
            movedAt = now;
        } else if (now - movedAt > TICK_NANOS && replica.store().expiry().keys() > 0) {
            movedAt = now;
            outbox.addBarrier();
        }
    }

    private void force() {
        long now = System.nanoTime();
        if (forcer != null && now - forcedAt > TICK_NANOS) {
            forcedAt = now;
            forcer.run();
        }
    }

    void close() {
        isClosing = true;
        thread.interrupt();
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
