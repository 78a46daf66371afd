package dev.poro.cluster;

import dev.poro.engine.PoroBuilder;
import dev.poro.engine.PoroException;
import dev.poro.engine.Replica;
import dev.poro.engine.Replicator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** How a node is to be; {@link ClusterNode#of} makes one. Not thread-safe. */
public final class ClusterNodeBuilder {
    private static final long DEFAULT_SNAPSHOT_AFTER = 256 << 20;
    private static final long DEFAULT_CATCH_UP_LOG = 1 << 30;
    private static final Duration DEFAULT_COMMIT_TIMEOUT = Duration.ofSeconds(10);

    private final ClusterMembers members;
    private final int node;
    private Path directory;
    private boolean begins;
    private boolean forcesLog;
    private String clientHost = "";
    private int clientPort;
    private long snapshotAfter = DEFAULT_SNAPSHOT_AFTER;
    private long catchUpLog = DEFAULT_CATCH_UP_LOG;
    private Duration commitTimeout = DEFAULT_COMMIT_TIMEOUT;
    private Consumer<Throwable> failureListener = cause -> {};
    private LongSupplier wallClock = System::currentTimeMillis;

    ClusterNodeBuilder(ClusterMembers members, int node) {
        this.members = members;
        this.node = node;
        members.get(node);
    }

    /** Where the files of the cluster are; made if need be. Required. */
    public ClusterNodeBuilder directory(Path path) {
        directory = Objects.requireNonNull(path, "path");
        return this;
    }

    /**
     * Begins a new cluster, at the first start of every node. Without it, a node needs the files of its cluster: one
     * that has lost them might otherwise vote for a leader that lacks what was acknowledged.
     */
    public ClusterNodeBuilder begin() {
        begins = true;
        return this;
    }

    /** Has every node force the cluster's log before a change counts as committed; goes with {@code always}. */
    public ClusterNodeBuilder forceLog() {
        forcesLog = true;
        return this;
    }

    /** Tells the other nodes where clients of Redis reach this one. */
    public ClusterNodeBuilder clients(String host, int port) {
        clientHost = Objects.requireNonNull(host, "host");
        clientPort = port;
        return this;
    }

    /** The cluster takes a snapshot when its log has grown by so many bytes; 256 MiB by default. */
    public ClusterNodeBuilder snapshotAfter(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("snapshotAfter " + bytes + ": it must be 1 or more");
        }
        snapshotAfter = bytes;
        return this;
    }

    /**
     * How much of the cluster's log this node keeps for another one that is away or slow, beyond what it needs itself;
     * 1 GiB by default. A node that has missed more cannot catch up, and joins anew: {@link ClusterJoin}.
     */
    public ClusterNodeBuilder catchUpLog(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("catchUpLog " + bytes + ": it must be 0 or more");
        }
        catchUpLog = bytes;
        return this;
    }

    /** How long a change waits for the cluster, 10 s by default; then it throws. */
    public ClusterNodeBuilder commitTimeout(Duration timeout) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("commitTimeout " + timeout + ": it must be more than zero");
        }
        commitTimeout = timeout;
        return this;
    }

    /**
     * Told once, from any thread, when the node must not go on: its disk is full or fails, or its store is not one of
     * this cluster. Nothing is applied any more; the process should end. It must not close the node itself.
     */
    public ClusterNodeBuilder onFailure(Consumer<Throwable> listener) {
        failureListener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /** For tests: what the clock of the node's machine shows. */
    ClusterNodeBuilder wallClock(LongSupplier millis) {
        wallClock = millis;
        return this;
    }

    /**
     * Opens the store and starts the node. The others need not be there yet: {@link ClusterNode#awaitConnected}.
     *
     * @throws PoroException if the node has no files of a cluster and is not to {@link #begin} one, or the other way
     *     round
     * @throws RuntimeException what {@link PoroBuilder#open} throws
     */
    public ClusterNode start(PoroBuilder store) {
        return start(store::openReplica);
    }

    /** {@link #start(PoroBuilder)} of a store that the caller opens. */
    public ClusterNode start(Function<Replicator, Replica> opening) {
        Objects.requireNonNull(directory, "directory");
        ClusterSettings settings = new ClusterSettings(
                node,
                members,
                directory,
                begins,
                forcesLog,
                clientHost,
                clientPort,
                snapshotAfter,
                catchUpLog,
                commitTimeout.toNanos());
        NodeClock clock = new NodeClock(wallClock, System::nanoTime);
        return ClusterNode.start(settings, clock, failureListener, opening);
    }
}
