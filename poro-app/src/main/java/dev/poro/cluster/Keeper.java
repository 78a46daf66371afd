package dev.poro.cluster;

import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Replica;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that does what nobody asks for. On the leader: gives the store its memory budget, and lets log time pass
 * while there are no changes. On every node: gives back what the cluster's log takes.
 */
final class Keeper implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterNode.class);
    private static final long PERIOD_MS = 20;
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NO_TERM = -1;

    /** After the service's part of a snapshot, until the rest of it is there. */
    private static final long PURGE_AFTER_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final Replica replica;
    private final NodeService service;
    private final ClusterClient client;
    private final Outbox outbox;
    private final LogPurge purge;
    private final NodeFailure failure;
    private final Thread thread;
    private volatile boolean isClosing;
    private long budgetTerm = NO_TERM;
    private long position;
    private long movedAt;
    private long snapshotPosition;
    private long snapshotAt;
    private boolean isPurgeDue;

    Keeper(
            Replica replica,
            NodeService service,
            ClusterClient client,
            Outbox outbox,
            LogPurge purge,
            NodeFailure failure) {
        this.replica = replica;
        this.service = service;
        this.client = client;
        this.outbox = outbox;
        this.purge = purge;
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
                purge();
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

    private void purge() {
        if (service.snapshotPosition() != snapshotPosition) {
            snapshotPosition = service.snapshotPosition();
            if (!isPurgeDue) { // otherwise frequent snapshots would put it off for ever
                snapshotAt = System.nanoTime();
                isPurgeDue = true;
            }
        } else if (isPurgeDue && System.nanoTime() - snapshotAt > PURGE_AFTER_NANOS) {
            isPurgeDue = false;
            long segments = purge.run();
            LOGGER.debug("{} segments of the cluster's log are given back", segments);
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
