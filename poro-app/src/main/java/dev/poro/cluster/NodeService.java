package dev.poro.cluster;

import dev.poro.engine.PoroException;
import dev.poro.engine.Replica;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.cluster.ClusterControl;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.logbuffer.Header;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * Takes the messages of the cluster's log into the store of the node, in their order. What it decides depends on the
 * log alone, so all nodes decide the same.
 *
 * <p>The store keeps its own log, so a node that starts again gets messages that the store has already; they are passed
 * over. Three things would make a node another than the rest, and stop it: a store that belongs to another cluster (its
 * id comes with the first message of the cluster's log, and with each snapshot); a store that is behind a snapshot of
 * the cluster; a store that has messages which the cluster's log does not have.
 *
 * <p>Belongs to the thread of the service, but for what says otherwise. Aeron would go on after an exception, so each
 * one goes to {@link NodeFailure}, after which no message is taken.
 */
final class NodeService implements ClusteredService {
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** In place of a node, or of a term. */
    static final int NONE = -1;

    private final NodeIdentity self;
    private final Replica replica;
    private final NodeFailure failure;
    private final Progress progress;
    private final MemberProgress others;
    private final long snapshotAfter;
    private final ClusterTime time = new ClusterTime();
    private final Fences fences = new Fences();
    private volatile BiConsumer<byte[], byte[]> subscribers = (channel, text) -> {};

    private Cluster cluster;
    private volatile long clusterId;
    private volatile long term = NONE;
    private volatile int leader = NONE;
    private volatile boolean isLeader;
    private volatile long position;
    private volatile long snapshotPosition;

    /** Who asks for {@link #state}; {@code null} if nobody does. */
    private final AtomicReference<CompletableFuture<NodeSnapshot>> stateAsked = new AtomicReference<>();

    /** The last message that the store had has come, or is before all that come. */
    private boolean isPastStore;

    /** Of a message that is longer than a packet. */
    private final UnsafeBuffer copy = new UnsafeBuffer(ByteBuffer.allocateDirect(64 << 10));

    private boolean isInBatch;
    private long ownNumber;
    private int ownEpoch;
    private boolean isToldProgress = true;
    private long checkedAt;

    /** @param snapshotAfter the leader has a snapshot taken when the cluster's log has grown by so many bytes */
    NodeService(
            NodeIdentity self,
            Replica replica,
            NodeFailure failure,
            Progress progress,
            MemberProgress others,
            long snapshotAfter) {
        this.self = self;
        this.replica = replica;
        this.failure = failure;
        this.progress = progress;
        this.others = others;
        this.snapshotAfter = snapshotAfter;
    }

    /** Told the messages of channels, on this thread. Any thread. */
    void deliverTo(BiConsumer<byte[], byte[]> receivers) {
        subscribers = receivers;
    }

    @Override
    public void onStart(Cluster node, Image snapshotImage) {
        try {
            cluster = node;
            position = node.logPosition();
            if (snapshotImage != null) {
                takeSnapshot(read(snapshotImage));
            }
            isPastStore = replica.position() <= node.logPosition();
        } catch (RuntimeException | Error e) {
            throw failure.stop(e);
        }
    }

    private NodeSnapshot read(Image image) {
        NodeSnapshot[] read = new NodeSnapshot[1];
        FragmentAssembler assembler = new FragmentAssembler(
                (buffer, offset, length, header) -> read[0] = NodeSnapshot.decode(buffer, offset, time, fences));
        while (read[0] == null) {
            int fragments = image.poll(assembler, 1);
            if (fragments == 0 && (image.isClosed() || image.isEndOfStream())) {
                throw new PoroException("the snapshot of the cluster ends before its contents", null);
            }
            cluster.idleStrategy().idle(fragments);
        }
        return read[0];
    }

    /** The node starts from a snapshot of the cluster. */
    void takeSnapshot(NodeSnapshot snapshot) {
        clusterId = snapshot.cluster();
        term = snapshot.term();
        snapshotPosition = position;
        if (clusterId == 0) {
            return;
        }
        if (replica.sequence() < snapshot.sequence() || replica.position() < snapshot.position()) {
            throw new PoroException(
                    replica.store().path() + " ends at sequence " + replica.sequence() + ", and the snapshot of the"
                            + " cluster is of sequence " + snapshot.sequence()
                            + ". What is missing was lost here, as by"
                            + " a power cut, or the store is an older copy. " + Remedy.JOIN,
                    null);
        }
        replica.begin(clusterId);
        if (replica.position() == snapshot.position()
                && (replica.term() != snapshot.positionTerm() || replica.digest() != snapshot.digest())) {
            throw new PoroException(
                    replica.store().path() + " is another one than when the snapshot of the cluster was taken, at"
                            + " position " + snapshot.position() + ": the digest of its contents is "
                            + hex(replica.digest()) + " instead of " + hex(snapshot.digest()) + ". " + Remedy.JOIN,
                    null);
        }
    }

    private static String hex(long digest) {
        return String.format(Locale.ROOT, "%016x", digest);
    }

    @Override
    public void onSessionMessage(
            ClientSession session, long timestamp, DirectBuffer buffer, int offset, int length, Header header) {
        failure.requireNone();
        try {
            position = cluster.logPosition();
            take(timestamp, buffer, offset, length);
        } catch (RuntimeException | Error e) {
            throw failure.stop(e);
        }
    }

    private void take(long timestamp, DirectBuffer buffer, int offset, int length) {
        if (length < MessageDescriptor.HEADER_LENGTH
                || MessageDescriptor.version(buffer, offset) != MessageDescriptor.VERSION) {
            throw new PoroException(
                    "the cluster's log has a message at position " + position + " that this program does not know: "
                            + "start all nodes with the same version of Poro",
                    null);
        }
        int node = MessageDescriptor.node(buffer, offset);
        long incarnation = MessageDescriptor.incarnation(buffer, offset);
        int epoch = MessageDescriptor.epoch(buffer, offset);
        byte kind = MessageDescriptor.kind(buffer, offset);
        if (kind == MessageDescriptor.FENCE) {
            takeFence(timestamp, node, incarnation, epoch, buffer, offset, length);
            return;
        }
        long millis = time.next(term, timestamp);
        if (!fences.admits(node, incarnation, epoch)) {
            return;
        }
        others.heard(node, position);
        boolean isOwn = self.is(node, incarnation);
        switch (kind) {
            case MessageDescriptor.RECORDS:
                takeRecords(millis, isOwn, buffer, offset, length);
                break;
            case MessageDescriptor.BARRIER:
                commit(millis, Replica.NOT_OURS, 0, 0);
                break;
            case MessageDescriptor.MESSAGE:
                deliver(buffer, offset, length);
                break;
            default:
                throw new PoroException(
                        "the cluster's log has a message of kind " + kind + " at position " + position
                                + ": start all nodes with the same version of Poro",
                        null);
        }
        if (isOwn) {
            ownNumber = MessageDescriptor.number(buffer, offset);
            isToldProgress = false;
        }
    }

    private void takeFence(
            long timestamp, int node, long incarnation, int epoch, DirectBuffer buffer, int offset, int length) {
        if (clusterId == 0) {
            begin(buffer, offset);
        }
        time.next(term, timestamp);
        byte[] host = new byte[length - MessageDescriptor.HOST_AT];
        buffer.getBytes(offset + MessageDescriptor.HOST_AT, host);
        int port = buffer.getInt(offset + MessageDescriptor.PORT_AT, MessageDescriptor.ORDER);
        fences.raise(node, new Fences.Fence(incarnation, epoch, new String(host, StandardCharsets.UTF_8), port));
        if (self.is(node, incarnation)) {
            ownEpoch = fences.of(node).epoch();
            isToldProgress = false;
        }
    }

    /** The first message of the cluster's log. All nodes must begin with the same contents. */
    private void begin(DirectBuffer buffer, int offset) {
        long id = buffer.getLong(offset + MessageDescriptor.CLUSTER_AT, MessageDescriptor.ORDER);
        long sequence = buffer.getLong(offset + MessageDescriptor.SEQUENCE_AT, MessageDescriptor.ORDER);
        long digest = buffer.getLong(offset + MessageDescriptor.DIGEST_AT, MessageDescriptor.ORDER);
        if (replica.incarnation() == Replica.NO_INCARNATION
                && (replica.sequence() != sequence || replica.digest() != digest)) {
            throw new PoroException(
                    replica.store().path() + " ends at sequence " + replica.sequence() + " with digest "
                            + hex(replica.digest()) + ", and the cluster was begun with sequence " + sequence
                            + " and digest " + hex(digest) + ": all nodes begin empty, or with the same backup",
                    null);
        }
        replica.begin(id);
        time.begin(buffer.getLong(offset + MessageDescriptor.TIME_AT, MessageDescriptor.ORDER));
        clusterId = id;
    }

    private void takeRecords(long millis, boolean isOwn, DirectBuffer buffer, int offset, int length) {
        int bodyLength = length - MessageDescriptor.HEADER_LENGTH;
        if (!isPastStore) {
            passOver();
            return;
        }
        long number = isOwn ? MessageDescriptor.correlation(buffer, offset) : Replica.NOT_OURS;
        commit(millis, number, addressOf(buffer, offset + MessageDescriptor.HEADER_LENGTH, bodyLength), bodyLength);
    }

    /** Messages of more than one packet come on the heap; they are copied out of it. */
    private long addressOf(DirectBuffer buffer, int offset, int length) {
        if (buffer.byteArray() == null) {
            return buffer.addressOffset() + offset;
        }
        if (copy.capacity() < length) {
            copy.wrap(ByteBuffer.allocateDirect(Math.max(length, 2 * copy.capacity())));
        }
        copy.putBytes(0, buffer, offset, length);
        return copy.addressOffset();
    }

    /** A message that the store should have already. */
    private void passOver() {
        long last = replica.position();
        if (position < last) {
            return;
        }
        if (position > last || term != replica.term()) {
            throw new PoroException(
                    replica.store().path() + " has a message at position " + last + " of term " + replica.term()
                            + " that the cluster's log does not have: instead, it has one at position " + position
                            + " of term " + term + ". " + Remedy.JOIN,
                    null);
        }
        isPastStore = true;
    }

    private void commit(long millis, long number, long address, int length) {
        if (isPastStore) {
            replica.committed(millis, term, position, number, address, length);
            isInBatch = true;
        }
    }

    /** Only what is sent while the node is there: not what it catches up with. */
    private void deliver(DirectBuffer buffer, int offset, int length) {
        if (progress.epoch() == 0) {
            return;
        }
        byte[] channel = new byte[buffer.getInt(offset + MessageDescriptor.HEADER_LENGTH, MessageDescriptor.ORDER)];
        buffer.getBytes(offset + MessageDescriptor.CHANNEL_AT, channel);
        byte[] text = new byte[length - MessageDescriptor.CHANNEL_AT - channel.length];
        buffer.getBytes(offset + MessageDescriptor.CHANNEL_AT + channel.length, text);
        subscribers.accept(channel, text);
    }

    /** Called after each few messages, and when there are none. */
    @Override
    public int doBackgroundWork(long nowNs) {
        try {
            failure.requireNone();
            boolean hasWorked = isInBatch || !isToldProgress;
            endBatch();
            tellState();
            if (nowNs - checkedAt > CHECK_NANOS) {
                checkedAt = nowNs;
                requestSnapshotIfDue();
            }
            return hasWorked ? 1 : 0;
        } catch (RuntimeException | Error e) {
            throw failure.stop(e);
        }
    }

    /** Who waits for a message is told only when it is applied; also those who were not woken the last time. */
    private void endBatch() {
        replica.endBatch();
        isInBatch = false;
        if (!isToldProgress) {
            progress.advance(ownNumber, ownEpoch);
            isToldProgress = true;
        }
    }

    private void requestSnapshotIfDue() {
        if (isLeader && position - snapshotPosition > snapshotAfter) {
            requestSnapshot();
        }
    }

    /** Has all nodes take a snapshot; only the leader can. Returns false if another is in progress. Any thread. */
    boolean requestSnapshot() {
        AtomicCounter toggle = ClusterControl.findControlToggle(
                cluster.aeron().countersReader(), cluster.context().clusterId());
        return toggle != null && ClusterControl.ToggleState.SNAPSHOT.toggle(toggle);
    }

    private void tellState() {
        CompletableFuture<NodeSnapshot> asked = stateAsked.getAndSet(null);
        if (asked != null) {
            asked.complete(newSnapshot());
        }
    }

    /**
     * What a snapshot of this moment would hold: nothing is written, but the log of the store is forced. Any thread but
     * the service's.
     *
     * @throws PoroException if the service does not come to it in time
     */
    NodeSnapshot state(long timeoutNanos) {
        CompletableFuture<NodeSnapshot> asked = new CompletableFuture<>();
        CompletableFuture<NodeSnapshot> other = stateAsked.getAndSet(asked);
        if (other != null) {
            other.cancel(false);
        }
        try {
            return asked.get(timeoutNanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            throw new PoroException(
                    "node " + self.node() + " has too much to do, and does not say where it is: try again later", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PoroException("interrupted", e);
        }
    }

    @Override
    public void onTakeSnapshot(ExclusivePublication publication) {
        try {
            failure.requireNone();
            MutableDirectBuffer buffer = NodeSnapshot.newBuffer();
            int length = newSnapshot().encode(buffer, time, fences);
            for (long result = publication.offer(buffer, 0, length);
                    result < 0;
                    result = publication.offer(buffer, 0, length)) {
                if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
                    throw new PoroException("the snapshot of the cluster could not be written: " + result, null);
                }
                cluster.idleStrategy().idle();
            }
            snapshotPosition = cluster.logPosition();
        } catch (RuntimeException | Error e) {
            throw failure.stop(e);
        }
    }

    /** What the store has now, once it is forced. */
    NodeSnapshot newSnapshot() {
        endBatch();
        replica.force();
        return new NodeSnapshot(
                clusterId, term, replica.position(), replica.term(), replica.sequence(), replica.digest());
    }

    @Override
    public void onNewLeadershipTermEvent(
            long leadershipTermId,
            long logPosition,
            long timestamp,
            long termBaseLogPosition,
            int leaderMemberId,
            int logSessionId,
            TimeUnit timeUnit,
            int appVersion) {
        failure.requireNone();
        try {
            endBatch();
            if (leadershipTermId > replica.term()
                    && replica.term() != NONE
                    && termBaseLogPosition < replica.position()) {
                throw new PoroException(
                        replica.store().path() + " has a message at position " + replica.position() + " of term "
                                + replica.term() + " that the cluster's log does not have: term " + leadershipTermId
                                + " begins at position " + termBaseLogPosition + ". " + Remedy.JOIN,
                        null);
            }
            term = leadershipTermId;
            leader = leaderMemberId;
            position = logPosition;
        } catch (RuntimeException | Error e) {
            throw failure.stop(e);
        }
    }

    @Override
    public void onRoleChange(Cluster.Role newRole) {
        isLeader = newRole == Cluster.Role.LEADER;
    }

    @Override
    public void onSessionOpen(ClientSession session, long timestamp) {
        // A node is known by its fence.
    }

    @Override
    public void onSessionClose(ClientSession session, long timestamp, CloseReason closeReason) {
        // The same.
    }

    @Override
    public void onTimerEvent(long correlationId, long timestamp) {
        // There are none.
    }

    @Override
    public void onTerminate(Cluster node) {
        isLeader = false;
        progress.end();
    }

    /** Any thread, like all below. */
    boolean isLeader() {
        return isLeader;
    }

    /** -1 if none is known yet. */
    int leader() {
        return leader;
    }

    long term() {
        return term;
    }

    long position() {
        return position;
    }

    /** Of the last snapshot; 0 if there is none. */
    long snapshotPosition() {
        return snapshotPosition;
    }

    /** 0 before the first message of the cluster. */
    long clusterId() {
        return clusterId;
    }

    Fences fences() {
        return fences;
    }

    ClusterTime time() {
        return time;
    }
}
