package dev.poro.cluster;

import dev.poro.engine.FileSource;
import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.Replica;
import dev.poro.engine.Replicator;
import dev.poro.engine.SyncPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A node of a cluster: a store whose changes a majority of the nodes has before they are acknowledged. Every node takes
 * changes, and every node has all data. Thread-safe.
 *
 * <pre>{@code
 * ClusterMembers members = ClusterMembers.parse("0=10.0.0.1:9000,1=10.0.0.2:9000,2=10.0.0.3:9000");
 * try (ClusterNode node = ClusterNode.of(members, 0)
 *         .directory(Path.of("poro.wal.cluster"))
 *         .start(Poro.at(Path.of("poro.wal")))) {
 *     node.awaitConnected(Duration.ofMinutes(1));
 *     node.store().set("greeting", "Hello, World!"); // a majority has it when this returns
 *     node.barrier(); // what any node has acknowledged before, the next read sees
 *     node.store().get("greeting");
 * }
 * }</pre>
 *
 * <p>Needs Aeron Cluster, an optional dependency, and {@code --add-opens java.base/jdk.internal.misc=ALL-UNNAMED}.
 */
public final class ClusterNode implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(2);

    private final ClusterSettings settings;
    private final NodeFailure failure;
    private final Progress progress = new Progress();
    private final NodeClock clock;
    private final Outbox outbox;
    private final Replica replica;
    private final NodeService service;
    private final AeronProcess aeron;
    private final ClusterClient client;
    private final Keeper keeper;
    /** What another node copies; {@code null} if none ever did. */
    private final AtomicReference<NodeFiles> joiner = new AtomicReference<>();

    /** A thread makes that ready. */
    private final AtomicBoolean isGiving = new AtomicBoolean();

    private boolean isClosed;

    private ClusterNode(
            ClusterSettings settings,
            NodeClock clock,
            Consumer<Throwable> failureListener,
            Function<Replicator, Replica> opening) {
        requireRightFiles(settings);
        this.settings = settings;
        this.clock = clock;
        this.failure = new NodeFailure(failureListener);
        SecureRandom random = new SecureRandom();
        NodeIdentity self = new NodeIdentity(settings.node(), ClusterBeginning.nonZero(random));
        this.outbox = new Outbox(settings.node(), self.incarnation(), settings.commitTimeoutNanos(), this::wakeClient);
        this.replica = opening.apply(new Ordering());
        AeronProcess started = null;
        try {
            if (settings.begins() && replica.incarnation() != Replica.NO_INCARNATION) {
                throw hasBegun(replica.store().path());
            }
            ClusterBeginning beginning =
                    new ClusterBeginning(replica, random, settings.clientHost(), settings.clientPort());
            MemberProgress others = new MemberProgress(settings.members(), settings.node());
            service = new NodeService(self, replica, failure, progress, others, settings.snapshotAfter());
            NodePorts.requireFree(settings.self());
            started = AeronProcess.start(settings, clock, service, failure, replica.position());
            aeron = started;
            client = new ClusterClient(
                    settings, self, started.client(), outbox, progress, beginning, replica::rejected, failure);
            PurgeSchedule purge = new PurgeSchedule(
                    () -> aeron.purge().run(others.needed(service.position(), settings.catchUpLog())));
            keeper = new Keeper(replica, service, client, outbox, purge, this::closeIdleFiles, forcer(), failure);
        } catch (RuntimeException | Error e) {
            closeAfter(e, started);
            throw e;
        }
    }

    /** A node that has lost its files must not vote: it would have forgotten what it has acknowledged. */
    private static void requireRightFiles(ClusterSettings settings) {
        ClusterFiles files = new ClusterFiles(settings.directory());
        boolean exist = files.exist();
        if (!exist && Files.exists(files.unfinished().directory())) {
            throw new PoroException(
                    files.unfinished().directory() + ": this node was joining, and that was cut short. Run the same"
                            + " 'poro cluster join' again: it goes on. Or delete that directory",
                    null);
        }
        if (settings.begins() && exist) {
            throw hasBegun(settings.directory());
        }
        if (!settings.begins() && !exist) {
            throw new PoroException(
                    settings.directory() + ": this node has no files of a cluster. Is it a new cluster, then every node"
                            + " begins it, once: --begin. Has the node lost them: " + Remedy.JOIN,
                    null);
        }
    }

    private static PoroException hasBegun(Path place) {
        return new PoroException(
                place + ": this node is one of a cluster already, and begins no other. Leave out --begin", null);
    }

    private void closeAfter(Throwable cause, AeronProcess started) {
        failure.close();
        try {
            if (started != null) {
                started.close();
            }
            replica.close();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    /** What the store forces each second is forced in the cluster's log as well. */
    private ArchiveForcer forcer() {
        boolean isDue = store().syncPolicy() == SyncPolicy.EVERYSEC && settings.fileSyncLevel() == 0;
        Path archive = new ClusterFiles(settings.directory()).archive();
        return isDue ? new ArchiveForcer(archive, ArchiveForcer::forceFile) : null;
    }

    static ClusterNode start(
            ClusterSettings settings,
            NodeClock clock,
            Consumer<Throwable> failureListener,
            Function<Replicator, Replica> opening) {
        ClusterNode node = new ClusterNode(settings, clock, failureListener, opening);
        node.client.start();
        node.keeper.start();
        return node;
    }

    /**
     * How a node is to be.
     *
     * @param id the number of the node
     * @throws IllegalArgumentException if none of the members has this number
     */
    public static ClusterNodeBuilder of(ClusterMembers members, int id) {
        return new ClusterNodeBuilder(members, id);
    }

    private void wakeClient() {
        ClusterClient sender = client;
        if (sender != null) {
            sender.wakeUp();
        }
    }

    /**
     * The store of this node. Its changes wait for the cluster; its reads see what this node has, see {@link #barrier}.
     */
    public Poro store() {
        return replica.store();
    }

    /**
     * Waits until this node can take changes: there is a leader, it is reached, and the store has its memory budget.
     *
     * @return whether it can; false after the time, or if the node has failed
     */
    public boolean awaitConnected(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!isReady()) {
            if (System.nanoTime() - deadline > 0 || failure.cause() != null) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
        }
        return true;
    }

    private boolean isReady() {
        return client.isConnected() && replica.store().memory().budget() > 0;
    }

    /**
     * Returns when every change that any node had acknowledged before this call is applied here: a read after it is
     * current. Threads that come at the same time share one message.
     *
     * @throws NotCommittedException if the cluster does not answer in time; then nothing is said about reads
     */
    public void barrier() {
        long number = outbox.addBarrier();
        if (number == 0 || !progress.await(number, settings.commitTimeoutNanos())) {
            throw new NotCommittedException(
                    "node " + settings.node()
                            + " does not reach a leader of the cluster, so it cannot tell whether what"
                            + " it has is current. Try again, or read what it has: READONLY",
                    false,
                    failure.cause());
        }
    }

    /**
     * Sends a message to the subscribers of a channel on all nodes. It is not kept: who is not there does not get it,
     * nor does anybody if the cluster takes it too late.
     *
     * @return false if it was certainly not sent
     */
    public boolean publish(byte[] channel, byte[] message) {
        return channel.length + message.length <= ClusterSettings.MAX_BODY_LENGTH - Integer.BYTES
                && outbox.addMessage(channel, message);
    }

    /**
     * Who is told the messages of {@link #publish}, from all nodes, in the same order everywhere. Called by the thread
     * that applies changes, so it must be quick.
     */
    public void deliverTo(BiConsumer<byte[], byte[]> subscribers) {
        service.deliverTo(subscribers);
    }

    /** What this node knows of the cluster now. */
    public ClusterReport report() {
        boolean leads = leads();
        // One that led, and reaches no majority any more, is not told who leads now.
        int leader = service.isLeader() && !leads ? NodeService.NONE : service.leader();
        Fences.Fence fence = service.fences().of(leader);
        return new ClusterReport(
                settings.node(),
                settings.members().all().size(),
                leader,
                leads,
                client.isConnected(),
                fence == null ? "" : fence.host(),
                fence == null ? 0 : fence.port(),
                service.term(),
                service.position(),
                service.snapshotPosition());
    }

    /**
     * All files of this node as they are at one moment, for {@link ClusterJoin} of another one, which has then
     * everything that was acknowledged before this call. Until they are closed, this node gives back no file; they are
     * closed when nothing was read for a minute, or after a day.
     *
     * @throws PoroException if another node joins from this one, or begins to; or if this one does not reach a leader
     */
    public FileSource files() {
        if (!isGiving.compareAndSet(false, true)) {
            throw joinsAlready();
        }
        try {
            NodeFiles before = joiner.get();
            if (before != null && !before.closeIfIdle()) {
                throw joinsAlready();
            }
            NodeFiles given = NodeFiles.of(
                    new ClusterFiles(settings.directory()),
                    aeron.purge(),
                    service,
                    replica,
                    this::barrier,
                    settings.commitTimeoutNanos());
            joiner.set(given);
            return given;
        } finally {
            isGiving.set(false);
        }
    }

    private static PoroException joinsAlready() {
        return new PoroException("another node joins from this one: wait until it has, or ask another one", null);
    }

    private void closeIdleFiles() {
        NodeFiles copied = joiner.get();
        if (copied != null) {
            copied.closeIfIdle();
        }
    }

    /** A service goes on leading while its log has messages that are not committed: as one that is cut off. */
    private boolean leads() {
        ClusterClient known = client;
        return known != null && service.isLeader() && known.isConnected();
    }

    /** Why the node must not go on; {@code null} if it may. */
    public Throwable failure() {
        return failure.cause();
    }

    /** Ends the node and closes the store; the other nodes go on. Idempotent. */
    @Override
    public void close() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
        }
        failure.close();
        NodeFiles copied = joiner.get();
        if (copied != null) {
            copied.close();
        }
        client.close(); // which ends what the keeper waits for
        keeper.close();
        aeron.close();
        progress.end();
        replica.close();
    }

    /** The cluster, as the store sees it. */
    private final class Ordering implements Replicator {
        @Override
        public int maxMessageLength() {
            return ClusterSettings.MAX_BODY_LENGTH;
        }

        @Override
        public void send(long number, long address, int length) {
            if (!outbox.addRecords(number, address, length)) {
                throw new NotCommittedException(
                        "node " + settings.node()
                                + " does not reach a leader of the cluster, and as much waits for one as"
                                + " there is memory for. The change was not made: try again later",
                        false,
                        failure.cause());
            }
        }

        @Override
        public boolean isLeader() {
            return leads();
        }

        @Override
        public long timeMillis() {
            NodeService known = service;
            return known == null ? clock.time() : known.time().estimate(clock.time());
        }
    }
}
