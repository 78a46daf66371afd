package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.engine.EventTooLargeException;
import dev.poro.engine.FileSource;
import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.TestScale;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.BitUtil;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three nodes in one process, as an embedder may have one: they order, apply and answer.
 */
@Timeout(120)
class ClusterNodeTest {
    private static final long SNAPSHOT_AFTER = 40 << 20;
    private static final long CATCH_UP_LOG = 1 << 30;

    @TempDir
    private Path directory;

    private ClusterNode start(ClusterMembers members, int id) {
        return start(members, id, true);
    }

    private ClusterNode start(ClusterMembers members, int id, boolean begins) {
        return start(members, id, begins, CATCH_UP_LOG);
    }

    private ClusterNode start(ClusterMembers members, int id, boolean begins, long catchUpLog) {
        ClusterNodeBuilder node = ClusterNode.of(members, id).catchUpLog(catchUpLog);
        return (begins ? node.begin() : node)
                .directory(directory.resolve("cluster" + id))
                .snapshotAfter(SNAPSHOT_AFTER)
                .start(Poro.at(directory.resolve("wal" + id))
                        .sync(SyncPolicy.OS)
                        .memory(8 << 20));
    }

    @Test
    void allNodesHaveWhatOneHasAcknowledged() throws Exception {
        ClusterMembers members = InProcessCluster.members(3);
        List<ClusterNode> nodes = new ArrayList<>();
        try {
            for (ClusterMember member : members.all()) {
                nodes.add(start(members, member.id()));
            }
            for (ClusterNode node : nodes) {
                assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            }
            for (int round = 0; round < 60; round++) {
                Poro store = nodes.get(round % 3).store();
                store.set("k" + round, "v" + round);
                ClusterNode other = nodes.get((round + 1) % 3);
                other.barrier();
                assertThat(other.store().get("k" + round)).isEqualTo("v" + round);
            }
            nodes.forEach(ClusterNode::barrier);
            assertThat(nodes.stream().map(node -> node.store().sequence()).distinct())
                    .hasSize(1);
            assertThat(nodes.stream().map(node -> node.store().digest()).distinct())
                    .hasSize(1);
            assertThat(nodes.stream().filter(node -> node.report().isLeader())).hasSize(1);
        } finally {
            nodes.forEach(ClusterNode::close);
        }
    }

    /** One node agrees with itself. */
    @Test
    void startsAgainFromASnapshotAndGivesBackWhatItsLogTook() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        byte[] value = new byte[1 << 20];
        long digest;
        long sequence;
        try (ClusterNode node = start(members, 0)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            for (int i = 0; i < 160; i++) {
                value[0] = (byte) i;
                node.store().set(new byte[] {(byte) (i % 4)}, value);
            }
            awaitPurge(node);
            digest = node.store().digest();
            sequence = node.store().sequence();
        }
        try (ClusterNode node = start(members, 0, false)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            node.barrier();
            assertThat(node.store().sequence()).isEqualTo(sequence);
            assertThat(node.store().digest()).isEqualTo(digest);
            assertThat(node.store().get(new byte[] {3})).isEqualTo(value);
            node.store().set("more", "of it");
            assertThat(node.failure()).isNull();
        }
    }

    /** Its consensus module ends while it starts; a node that only waited for the others would never tell. */
    @Test
    void aNodeWithoutTheClustersLogFailsAndTellsWhy() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        try (ClusterNode node = start(members, 0)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
        }
        try (Stream<Path> files = Files.list(directory.resolve("cluster0").resolve("archive"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        try (ClusterNode node = start(members, 0, false)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isFalse();
            assertThat(node.failure())
                    .isInstanceOf(ClusterEndedException.class)
                    .hasMessageContaining("unknown recording id");
        }
    }

    /** What a node misses while it is away is kept for it, up to a limit. Beyond that, it joins. */
    @ParameterizedTest
    @ValueSource(longs = {CATCH_UP_LOG, 1})
    void theOthersKeepWhatANodeThatIsAwayWillNeed(long catchUpLog) throws Exception {
        assumeTrue(TestScale.ENABLED, "takes half a minute");
        ClusterMembers members = InProcessCluster.members(3);
        Map<Integer, ClusterNode> nodes = new HashMap<>();
        try {
            for (ClusterMember member : members.all()) {
                nodes.put(member.id(), start(members, member.id(), true, catchUpLog));
            }
            for (ClusterNode node : nodes.values()) {
                assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            }
            ClusterNode node = nodes.get(0);
            node.store().set("before", "it went");
            nodes.remove(2).close();
            byte[] value = new byte[1 << 20];
            for (int i = 0; i < 160; i++) {
                value[0] = (byte) i;
                node.store().set(new byte[] {(byte) (i % 4)}, value);
            }
            boolean isKept = catchUpLog == CATCH_UP_LOG;
            if (isKept) {
                TimeUnit.SECONDS.sleep(10);
                assertThat(segments()).contains("0-0.rec");
            } else {
                awaitPurge(node);
            }
            nodes.put(2, start(members, 2, false, catchUpLog));
            assertThat(nodes.get(2).awaitConnected(Duration.ofSeconds(isKept ? 60 : 5)))
                    .isEqualTo(isKept);
            if (!isKept) {
                nodes.remove(2).close();
                Files.move(directory.resolve("wal2"), directory.resolve("aside2"));
                Files.move(directory.resolve("cluster2"), directory.resolve("aside2.cluster"));
                try (FileSource files = node.files()) {
                    ClusterJoin.run(files, directory.resolve("wal2"), directory.resolve("cluster2"), Progress.NONE);
                }
                nodes.put(2, start(members, 2, false, catchUpLog));
                assertThat(nodes.get(2).awaitConnected(Duration.ofSeconds(60))).isTrue();
            }
            nodes.get(2).barrier();
            assertThat(nodes.get(2).store().get("before")).isEqualTo("it went");
            assertThat(nodes.get(2).store().digest()).isEqualTo(node.store().digest());
            awaitPurge(node);
        } finally {
            nodes.values().forEach(ClusterNode::close);
        }
    }

    /** It is sent in many packets. */
    @Test
    void aValueOfTheLongestSizeIsCommittedAndALongerOneIsRefused() throws Exception {
        ClusterMembers members = InProcessCluster.members(3);
        byte[] longest = new byte[ClusterSettings.MAX_BODY_LENGTH - RecordDescriptor.recordLength(1, 0)];
        List<ClusterNode> nodes = new ArrayList<>();
        try {
            for (ClusterMember member : members.all()) {
                nodes.add(ClusterNode.of(members, member.id())
                        .begin()
                        .directory(directory.resolve("cluster" + member.id()))
                        .start(Poro.at(directory.resolve("wal" + member.id()))
                                .sync(SyncPolicy.OS)
                                .maxValueLength(2 * longest.length)
                                .memory(64 << 20)));
            }
            for (ClusterNode node : nodes) {
                assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            }
            for (ClusterNode node : nodes) {
                longest[0]++;
                node.store().set(new byte[] {1}, longest);
                assertThatExceptionOfType(EventTooLargeException.class)
                        .isThrownBy(() -> node.store().set(new byte[] {1}, new byte[longest.length + 1]))
                        .withMessageContaining("key and value of " + (longest.length + 2) + " bytes")
                        .withMessageContaining("the limit is " + (longest.length + 1));
                for (ClusterNode other : nodes) {
                    other.barrier();
                    assertThat(other.store().get(new byte[] {1})).isEqualTo(longest);
                    assertThat(other.failure()).isNull();
                }
            }
        } finally {
            nodes.forEach(ClusterNode::close);
        }
    }

    /** What it returns for is that others agree; here, there are none. */
    @Test
    @Tag("R16")
    void aBarrierWaitsForTheMajority() {
        ClusterMembers members = InProcessCluster.members(3);
        try (ClusterNode node = ClusterNode.of(members, 0)
                .begin()
                .directory(directory.resolve("cluster0"))
                .commitTimeout(Duration.ofMillis(100))
                .start(Poro.at(directory.resolve("wal0")).sync(SyncPolicy.OS).memory(8 << 20))) {
            assertThatExceptionOfType(NotCommittedException.class).isThrownBy(node::barrier);
        }
    }

    /** Its cluster files are older than its store: it does not know any more what it has confirmed to others. */
    @Test
    @Tag("R4")
    void aNodeWhoseCopyOfTheClustersLogEndsBeforeItsStoreIsRefused() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        Path files = directory.resolve("cluster0");
        Path older = directory.resolve("older");
        try (ClusterNode node = start(members, 0)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            node.store().set("k", "one");
        }
        copy(files, older);
        try (ClusterNode node = start(members, 0, false)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            node.store().set("k", "two");
        }
        Files.move(files, directory.resolve("newer"));
        Files.move(older, files);
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> start(members, 0, false))
                .withMessageContaining(files.toString())
                .withMessageContaining("ends at position")
                .withMessageContaining("A node that is lost");

        Files.move(files, older);
        Files.move(directory.resolve("newer"), files);
        try (ClusterNode node = start(members, 0, false)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            assertThat(node.store().get("k")).isEqualTo("two");
        }
    }

    /**
     * A message whose last bytes are zeros, and in another page than those before: the archive must not take it for one
     * that the kill has cut off. The copy of a node that does nothing is what a kill would leave.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("R4")
    void startsAfterAKillWhateverTheLastBytesOfTheClustersLogAre(boolean isCutOff) throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        String last = "";
        try (ClusterNode node = start(members, 0)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            for (int i = 0; node.report().position() % 4_096 != 32; i++) {
                assertThat(i).as("tries").isLessThan(5_000);
                last = "v".repeat(i % 64);
                node.store().set("k", last);
                node.barrier();
            }
            copy(directory.resolve("cluster0"), directory.resolve("killed"));
            copy(directory.resolve("wal0"), directory.resolve("killed.wal"));
            if (isCutOff) {
                cutOff(
                        directory.resolve("killed").resolve("archive").resolve("0-0.rec"),
                        node.report().position());
            }
        }
        replace("cluster0", "killed");
        replace("wal0", "killed.wal");
        try (ClusterNode node = start(members, 0, false)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            assertThat(node.store().get("k")).isEqualTo(last);
        }
    }

    /** Of the last message, only the beginning of its first page was written. */
    private static void cutOff(Path segment, long end) throws IOException {
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(32), end - 64);
        }
    }

    /**
     * A message that did not fit has come into the next term, and the rest of this one is a padding, of which only the
     * header is in the file. Killed right then, the node has no next segment. The archive looked through all of the
     * padding, beyond its memory, and took it for a message that was cut off.
     */
    @Test
    @Tag("R4")
    void startsAfterAKillBetweenTwoSegmentsOfTheClustersLog() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        try (ClusterNode node = start(members, 0)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            node.store().set("k", "v");
            node.barrier();
            copy(directory.resolve("cluster0"), directory.resolve("killed"));
            copy(directory.resolve("wal0"), directory.resolve("killed.wal"));
        }
        padToTheEnd(directory.resolve("killed").resolve("archive").resolve("0-0.rec"));
        replace("cluster0", "killed");
        replace("wal0", "killed.wal");
        for (int begin = 1; begin <= 2; begin++) {
            try (ClusterNode node = start(members, 0, false)) {
                assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
                assertThat(node.store().get("k")).isEqualTo("v");
                node.store().set("begin", "" + begin);
                assertThat(node.report().position()).isGreaterThan(ClusterSettings.LOG_TERM_LENGTH);
                assertThat(node.failure()).isNull();
            }
        }
    }

    private static void padToTheEnd(Path segment) throws IOException {
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer header =
                    ByteBuffer.allocate(DataHeaderFlyweight.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer padding =
                    ByteBuffer.allocate(DataHeaderFlyweight.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
            int end = 0;
            while (file.read(header.clear(), end) == header.limit() && header.getInt(0) > 0) {
                padding.put(0, header.array());
                end += BitUtil.align(header.getInt(0), FrameDescriptor.FRAME_ALIGNMENT);
            }
            padding.putShort(DataHeaderFlyweight.TYPE_FIELD_OFFSET, (short) DataHeaderFlyweight.HDR_TYPE_PAD);
            while (end < ClusterSettings.LOG_TERM_LENGTH) { // none is longer than a message
                int length = Math.min(ClusterSettings.MAX_MESSAGE_LENGTH, ClusterSettings.LOG_TERM_LENGTH - end);
                int aligned = BitUtil.align(length, FrameDescriptor.FRAME_ALIGNMENT);
                padding.putInt(DataHeaderFlyweight.FRAME_LENGTH_FIELD_OFFSET, aligned);
                padding.putInt(DataHeaderFlyweight.TERM_OFFSET_FIELD_OFFSET, end);
                file.write(padding.rewind(), end);
                end += aligned;
            }
        }
    }

    private void replace(String name, String by) throws IOException {
        Files.move(directory.resolve(name), directory.resolve(name + ".before"));
        Files.move(directory.resolve(by), directory.resolve(name));
    }

    @Test
    @Tag("R4")
    void aNodeWhoseCopyOfTheClustersLogIsDamagedEndsAndSaysWhere() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        try (ClusterNode node = start(members, 0)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            node.store().set("k", "a value that is somewhere in the log");
            node.store().set("k", "the last one");
        }
        Path segment = directory.resolve("cluster0").resolve("archive").resolve("0-0.rec");
        byte[] bytes = Files.readAllBytes(segment);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("somewhere");
        bytes[at]++;
        Files.write(segment, bytes);
        try (ClusterNode node = start(members, 0, false)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isFalse();
            assertThat(node.failure())
                    .hasMessageContaining(directory.resolve("cluster0").toString())
                    .hasMessageContaining("is damaged")
                    .hasMessageContaining("A node that is lost");
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    private void awaitPurge(ClusterNode node) throws Exception {
        byte[] value = new byte[1 << 20];
        for (int i = 0; segments().anyMatch(name -> name.equals("0-0.rec")); i++) {
            value[1] = (byte) i;
            node.store().set(new byte[] {0}, value);
            Thread.sleep(20);
        }
        assertThat(node.report().snapshotPosition()).isPositive();
        // Of the snapshots, two are kept: a recording of the consensus module and one of the service each.
        assertThat(segments().filter(name -> name.endsWith("-0.rec"))).hasSizeBetween(4, 6);
        assertThat(segments()).anyMatch(name -> name.matches("0-[1-9]\\d+\\.rec"));
    }

    private Stream<String> segments() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("cluster0").resolve("archive"))) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }
}
