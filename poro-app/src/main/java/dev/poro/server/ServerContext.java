package dev.poro.server;

import dev.poro.command.CommandStore;
import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Poro;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;

/** What all connections of a server share. Thread-safe. */
final class ServerContext {
    /** Why neither a worker nor a waiter has taken something. */
    static final String NO_THREAD = "the server is closing, or has no thread for this";

    private final Poro poro;
    private final CommandStore store;
    private final ServerSettings settings;
    private final ExecutorService workers;
    private final ExecutorService waiters;
    private final OnTheirWay onTheirWay = new OnTheirWay();
    private final Clients clients = new Clients();
    private final ServerStats stats = new ServerStats();
    private final PubSub pubSub = new PubSub();
    private final KeyspaceEvents keyspaceEvents;
    private final ChangeWaits changeWaits = new ChangeWaits(this);
    private final Slowlog slowlog;
    private final long startMillis = System.currentTimeMillis();
    /** {@code null} if the store is one of its own. */
    private final ServerCluster cluster;

    private volatile List<InetSocketAddress> addresses = List.of();

    /**
     * @param workers runs what would take an event loop too long
     * @param waiters runs what waits for the cluster
     * @param cluster {@code null} if the store is one of its own
     */
    ServerContext(
            Poro poro,
            ServerSettings settings,
            ExecutorService workers,
            ExecutorService waiters,
            ServerCluster cluster) {
        this.poro = poro;
        this.store = CommandStore.of(poro);
        this.settings = settings;
        this.workers = workers;
        this.waiters = waiters;
        this.keyspaceEvents = new KeyspaceEvents(poro, pubSub);
        this.slowlog = new Slowlog(settings);
        this.cluster = cluster;
        if (cluster != null) {
            cluster.deliverTo(pubSub::publishLater);
        }
    }

    Poro poro() {
        return poro;
    }

    CommandStore store() {
        return store;
    }

    ServerSettings settings() {
        return settings;
    }

    ExecutorService workers() {
        return workers;
    }

    /** They do nothing but wait, so that there may be many. */
    ExecutorService waiters() {
        return waiters;
    }

    OnTheirWay onTheirWay() {
        return onTheirWay;
    }

    Clients clients() {
        return clients;
    }

    ServerStats stats() {
        return stats;
    }

    PubSub pubSub() {
        return pubSub;
    }

    KeyspaceEvents keyspaceEvents() {
        return keyspaceEvents;
    }

    ChangeWaits changeWaits() {
        return changeWaits;
    }

    Slowlog slowlog() {
        return slowlog;
    }

    /** {@code null} if the store is one of its own. */
    ServerCluster cluster() {
        return cluster;
    }

    /** Sends a message to the subscribers of a channel; returns to how many subscriptions of this server it goes. */
    int publish(byte[] channel, byte[] message) {
        if (cluster == null) {
            return pubSub.publish(channel, message);
        }
        int receivers = pubSub.receivers(channel);
        if (!cluster.publish(channel, message)) {
            throw new NotCommittedException(
                    "this node does not reach a leader of the cluster: the message was not sent", false, null);
        }
        return receivers;
    }

    /** By the system's clock. */
    long startMillis() {
        return startMillis;
    }

    /** Where the server listens. */
    List<InetSocketAddress> addresses() {
        return addresses;
    }

    void setAddresses(List<InetSocketAddress> bound) {
        addresses = List.copyOf(bound);
    }
}
