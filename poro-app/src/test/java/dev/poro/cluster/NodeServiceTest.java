package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.Replica;
import dev.poro.engine.Replicator;
import dev.poro.engine.SyncPolicy;
import io.aeron.cluster.service.Cluster;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service of a node on its own: it is given the messages of a log. */
@Timeout(60)
class NodeServiceTest {
    private static final long TIME = 1_700_000_000_000L;
    private static final NodeIdentity SELF = new NodeIdentity(0, 100);
    private static final NodeIdentity OTHER = new NodeIdentity(1, 200);

    @TempDir
    private Path directory;

    private final List<Throwable> failures = new ArrayList<>();
    private final LinkedBlockingQueue<byte[]> sent = new LinkedBlockingQueue<>();
    private final Progress progress = new Progress();
    private final MemberProgress others =
            new MemberProgress(ClusterMembers.parse("0=h:1000,1=h:2000,2=h:3000"), SELF.node());
    private byte[] budget;
    private long position;
    private long start;
    private Replica replica;
    private NodeService service;

    /** Sends nothing: what it is given is kept. */
    private final class Sink implements Replicator {
        @Override
        public int maxMessageLength() {
            return ClusterSettings.MAX_BODY_LENGTH;
        }

        @Override
        public void send(long number, long address, int length) {
            byte[] bytes = new byte[length];
            new UnsafeBuffer(address, length).getBytes(0, bytes);
            sent.add(bytes);
        }

        @Override
        public boolean isLeader() {
            return true;
        }

        @Override
        public long timeMillis() {
            return TIME;
        }
    }

    @BeforeEach
    void open() throws Exception {
        open("wal");
        budget = recordOf(replica::adoptMemoryBudget);
    }

    @AfterEach
    void close() {
        if (replica != null) {
            replica.close();
        }
    }

    private void open(String name) {
        replica = Poro.at(directory.resolve(name))
                .sync(SyncPolicy.OS)
                .memory(8 << 20)
                .openReplica(new Sink());
        service = new NodeService(SELF, replica, new NodeFailure(failures::add), progress, others, 1 << 20);
        Cluster cluster = (Cluster) Proxy.newProxyInstance(
                Cluster.class.getClassLoader(), new Class<?>[] {Cluster.class}, (proxy, method, arguments) -> position);
        position = start;
        service.onStart(cluster, null);
        term(1, start);
    }

    private void openAgain(String name) {
        replica.close();
        open(name);
    }

    private void term(long term, long base) {
        service.onNewLeadershipTermEvent(term, position, TIME, base, 0, 1, TimeUnit.MILLISECONDS, 1);
    }

    /** The message that a change would be. */
    private byte[] recordOf(Runnable change) throws Exception {
        CompletableFuture<Void> changed = CompletableFuture.runAsync(change);
        byte[] record = sent.poll(30, TimeUnit.SECONDS);
        replica.rejectAll(false);
        assertThat(changed)
                .failsWithin(30, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(NotCommittedException.class);
        return record;
    }

    private byte[] set(String key, String value) throws Exception {
        return recordOf(() -> replica.store().set(key, value));
    }

    private void fence(NodeIdentity from, int epoch, long cluster) {
        ExpandableDirectByteBuffer buffer = new ExpandableDirectByteBuffer();
        int length = new ClusterBeginning(replica, new Random(), "host", 1).encodeFence(buffer, from, epoch);
        buffer.putLong(MessageDescriptor.CLUSTER_AT, cluster, MessageDescriptor.ORDER);
        take(buffer, length);
    }

    private void records(NodeIdentity from, int epoch, long number, byte[] records) {
        UnsafeBuffer buffer =
                new UnsafeBuffer(ByteBuffer.allocateDirect(MessageDescriptor.HEADER_LENGTH + records.length));
        MessageDescriptor.encode(buffer, MessageDescriptor.RECORDS, from.node(), from.incarnation(), number, 0);
        MessageDescriptor.epoch(buffer, epoch);
        buffer.putBytes(MessageDescriptor.HEADER_LENGTH, records);
        take(buffer, buffer.capacity());
    }

    private void take(MutableDirectBuffer buffer, int length) {
        position += 64;
        service.onSessionMessage(null, TIME + position, buffer, 0, length, null);
        service.doBackgroundWork(System.nanoTime());
    }

    @Test
    void onlyMessagesOfTheLastEpochOfANodeAreApplied() throws Exception {
        byte[] one = set("k", "one");
        byte[] two = set("k", "two");
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        records(OTHER, 1, 2, one);
        fence(OTHER, 2, 9);
        records(OTHER, 1, 3, two); // late: it is sent again in the new epoch
        assertThat(replica.store().get("k")).isEqualTo("one");
        records(OTHER, 2, 3, two);
        assertThat(replica.store().get("k")).isEqualTo("two");
        assertThat(replica.sequence()).isEqualTo(3);
        assertThat(service.clusterId()).isEqualTo(9);
        assertThat(failures).isEmpty();
    }

    @Test
    void tellsProgressOfItsOwnMessagesAlone() {
        fence(SELF, 1, 9);
        assertThat(progress.epoch()).isEqualTo(1);
        records(SELF, 1, 1, budget);
        assertThat(progress.number()).isEqualTo(1);
        fence(OTHER, 7, 9);
        records(OTHER, 7, 5, budget);
        assertThat(progress.number()).isEqualTo(1);
        assertThat(progress.epoch()).isEqualTo(1);
    }

    @Test
    void passesOverWhatTheStoreHasAndGoesOn() throws Exception {
        byte[] add = recordOf(() -> replica.store().add("n", 1));
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        records(OTHER, 1, 2, add);
        long sequence = replica.sequence();
        long digest = replica.digest();

        openAgain("wal");
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        records(OTHER, 1, 2, add);

        assertThat(replica.sequence()).isEqualTo(sequence);
        assertThat(replica.digest()).isEqualTo(digest);
        records(OTHER, 1, 3, add);
        assertThat(replica.store().get("n")).isEqualTo("2");
        assertThat(failures).isEmpty();
    }

    @Test
    void refusesAStoreOfAnotherClusterAndAppliesNothingAfterThat() {
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        openAgain("wal");

        assertThatExceptionOfType(AgentTerminationException.class).isThrownBy(() -> fence(OTHER, 1, 10));

        assertThat(failures).singleElement().isInstanceOf(PoroException.class);
        assertThat(failures.get(0)).hasMessageContaining("belongs to cluster 0000000000000009");
        assertThatExceptionOfType(AgentTerminationException.class).isThrownBy(() -> records(OTHER, 1, 2, budget));
        assertThat(replica.sequence()).isEqualTo(1);
        assertThat(failures).hasSize(1);
    }

    @Test
    void refusesALogWithoutTheLastMessageOfTheStore() {
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        openAgain("wal");
        fence(OTHER, 1, 9);

        assertThatExceptionOfType(AgentTerminationException.class).isThrownBy(() -> term(2, 64));

        assertThat(failures).singleElement().isInstanceOf(PoroException.class);
        assertThat(failures.get(0)).hasMessageContaining("does not have: term 2 begins at position 64");
    }

    @Test
    @Tag("R16")
    void startsFromASnapshotOfWhatItHasAndAppliesTheNextMessage() throws Exception {
        byte[] add = recordOf(() -> replica.store().add("n", 1));
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        records(OTHER, 1, 2, add);
        NodeSnapshot snapshot = service.newSnapshot();

        start = position;
        openAgain("wal");
        service.takeSnapshot(snapshot);
        fence(OTHER, 1, 9);
        records(OTHER, 1, 3, add);

        assertThat(replica.store().get("n")).isEqualTo("2");
        assertThat(failures).isEmpty();
    }

    /** As after a power cut under {@code os}, or with an older copy of the store. */
    @Test
    @Tag("R4")
    void refusesAStoreThatEndsBeforeTheSnapshotOfTheCluster() throws Exception {
        byte[] add = recordOf(() -> replica.store().add("n", 1));
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        replica.close();
        copy("wal", "older");
        openAgain("wal");
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        records(OTHER, 1, 2, add);
        NodeSnapshot snapshot = service.newSnapshot();

        openAgain("older");
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> service.takeSnapshot(snapshot))
                .withMessageContaining(directory.resolve("older").toString())
                .withMessageContaining("ends at sequence 1, and the snapshot of the cluster is of sequence 2")
                .withMessageContaining("A node that is lost");
    }

    /** Of the same length, with other contents. */
    @Test
    @Tag("R4")
    void refusesAStoreThatIsAnotherThanTheSnapshotOfTheClusterSays() {
        fence(OTHER, 1, 9);
        records(OTHER, 1, 1, budget);
        NodeSnapshot taken = service.newSnapshot();
        NodeSnapshot other = new NodeSnapshot(
                taken.cluster(),
                taken.term(),
                taken.position(),
                taken.positionTerm(),
                taken.sequence(),
                taken.digest() + 1);
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> service.takeSnapshot(other))
                .withMessageContaining("instead of");
    }

    private void copy(String from, String to) throws IOException {
        Files.createDirectory(directory.resolve(to));
        try (Stream<Path> files = Files.list(directory.resolve(from))) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(to).resolve(file.getFileName()));
            }
        }
    }

    @Test
    void refusesToBeginWithOtherContentsThanTheOtherNodes() {
        UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(256));
        int length = new ClusterBeginning(replica, new Random(), "", 0).encodeFence(buffer, OTHER, 1);
        buffer.putLong(MessageDescriptor.SEQUENCE_AT, 17, MessageDescriptor.ORDER);

        assertThatExceptionOfType(AgentTerminationException.class).isThrownBy(() -> take(buffer, length));

        assertThat(failures).singleElement().isInstanceOf(PoroException.class);
        assertThat(failures.get(0)).hasMessageContaining("begin empty, or with the same backup");
    }

    @Test
    void refusesMessagesThatItDoesNotKnow() {
        fence(OTHER, 1, 9);
        UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(MessageDescriptor.HEADER_LENGTH));
        MessageDescriptor.encode(buffer, (byte) 9, OTHER.node(), OTHER.incarnation(), 1, 0);
        MessageDescriptor.epoch(buffer, 1);

        assertThatExceptionOfType(AgentTerminationException.class)
                .isThrownBy(() -> take(buffer, MessageDescriptor.HEADER_LENGTH));

        assertThat(failures.get(0)).hasMessageContaining("kind 9 at position");
    }
}
