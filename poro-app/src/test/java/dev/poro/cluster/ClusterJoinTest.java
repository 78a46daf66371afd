package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.engine.FileSource;
import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node of one's own cluster is copied while it runs, and the copy takes its place. */
@Timeout(120)
class ClusterJoinTest {
    @TempDir
    private Path directory;

    private static ClusterNode start(ClusterMembers members, int id, Path wal, Path cluster, boolean begins) {
        ClusterNodeBuilder node = ClusterNode.of(members, id);
        return (begins ? node.begin() : node)
                .directory(cluster)
                .commitTimeout(Duration.ofSeconds(2))
                .onFailure(Throwable::printStackTrace)
                .start(Poro.at(wal).sync(SyncPolicy.OS).memory(8 << 20));
    }

    private Path wal(String name) {
        return directory.resolve(name + ".wal");
    }

    private Path cluster(String name) {
        return directory.resolve(name + ".wal.cluster");
    }

    private ClusterNode start(ClusterMembers members, String name, boolean begins) {
        return start(members, 0, wal(name), cluster(name), begins);
    }

    private void join(FileSource source) {
        ClusterJoin.run(source, wal("copy"), cluster("copy"), Progress.NONE);
    }

    /** Ends after some reads, as if the other node had gone, or this process were killed. */
    private static final class BrokenSource implements FileSource {
        private final FileSource source;
        private int left;

        BrokenSource(FileSource source, int left) {
            this.source = source;
            this.left = left;
        }

        @Override
        public Map<String, Long> files() throws IOException {
            return source.files();
        }

        @Override
        public byte[] read(String name, long offset, int length) throws IOException {
            if (left-- == 0) {
                throw new IOException("the connection is broken");
            }
            return source.read(name, offset, length);
        }

        @Override
        public void close() {}
    }

    @Test
    void aCopyGoesOnWhereverAnEarlierOneWasCutAndStartsWithAllThatWasAcknowledged() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        long digest;
        try (ClusterNode node = start(members, "node", true)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            for (int i = 0; i < 200; i++) {
                node.store().set("k" + i, "v" + i);
            }
            node.store().snapshot();
            node.store().set("last", "of all");
            try (FileSource files = node.files()) {
                node.store().set("later", "than the copy");
                for (int reads = 1; isCutAfter(files, reads); reads += TestScale.choose(reads, 1)) {
                    assertThatNothingStarts(members);
                }
            }
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> join(new BrokenSource(node.files(), 0)))
                    .withMessageContaining("only a node without files joins");
            digest = node.store().digest();
        }
        try (ClusterNode copy = start(members, "copy", false)) {
            assertThat(copy.awaitConnected(Duration.ofSeconds(60))).isTrue();
            copy.barrier();
            assertThat(copy.store().get("k199")).isEqualTo("v199");
            assertThat(copy.store().get("last")).isEqualTo("of all");
            assertThat(copy.store().get("later")).as("this was its own leader").isNull();
            assertThat(copy.store().digest()).isNotEqualTo(digest);
            copy.store().set("later", "than the copy");
            assertThat(copy.store().digest()).isEqualTo(digest);
            assertThat(copy.failure()).isNull();
        }
    }

    private boolean isCutAfter(FileSource files, int reads) {
        try {
            join(new BrokenSource(files, reads));
            return false;
        } catch (PoroException e) {
            assertThat(e).hasMessageContaining("the connection is broken").hasMessageContaining("again");
            return true;
        }
    }

    private void assertThatNothingStarts(ClusterMembers members) {
        assertThat(wal("copy")).doesNotExist();
        for (boolean begins : List.of(true, false)) {
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> start(members, "copy", begins))
                    .withMessageContaining("was joining")
                    .withMessageContaining("poro cluster join");
        }
    }

    /** Each of the two directories gets its name by itself. */
    @Test
    void aJoinThatWasCutBeforeTheLastNameIsEndedWithoutTheOtherNode() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        try (ClusterNode node = start(members, "node", true)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            node.store().set("k", "v");
            assertThat(ClusterJoin.isCopied(wal("copy"), cluster("copy"))).isFalse();
            try (FileSource files = node.files()) {
                join(files);
            }
        }
        Path unfinished = directory.resolve("copy.wal.cluster.unfinished");
        assertThat(ClusterJoin.isCopied(wal("copy"), cluster("copy"))).isFalse();
        Files.move(cluster("copy"), unfinished);
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> start(members, "copy", false))
                .withMessageContaining("was joining");
        assertThat(ClusterJoin.isCopied(wal("copy"), cluster("copy"))).isTrue();
        ClusterJoin.finish(cluster("copy"));
        try (ClusterNode copy = start(members, "copy", false)) {
            assertThat(copy.awaitConnected(Duration.ofSeconds(60))).isTrue();
            assertThat(copy.store().get("k")).isEqualTo("v");
        }
    }

    /** Changes what a node gives. */
    private static FileSource changed(FileSource source, String name, UnaryOperator<byte[]> change) {
        return new FileSource() {
            @Override
            public Map<String, Long> files() throws IOException {
                return source.files();
            }

            @Override
            public byte[] read(String file, long offset, int length) throws IOException {
                byte[] piece = source.read(file, offset, length);
                return file.equals(name) && offset == 0 ? change.apply(piece) : piece;
            }

            @Override
            public void close() {}
        };
    }

    private static byte[] flip(byte[] piece, int at) {
        byte[] flipped = piece.clone();
        flipped[at] ^= 1;
        return flipped;
    }

    @Test
    void whatIsDamagedOrDoesNotFitTogetherIsRefused() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        try (ClusterNode node = start(members, "node", true)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            for (int i = 0; i < 20; i++) {
                node.store().set("k" + i, "v");
            }
            try (FileSource files = node.files()) {
                JoinPoint point = JoinPoint.decode(files.read(JoinPoint.NAME, 0, FileSource.MAX_PIECE));
                String log = NodeFiles.ARCHIVE + point.recording() + "-0.rec";
                String segment = NodeFiles.STORE + "0000000001.wal";
                assertThat(files.files()).containsKeys(log, segment);

                assertRefused(changed(files, log, piece -> flip(piece, 1)), "frame of the log");
                assertRefused(
                        changed(files, segment, piece -> flip(piece, piece.length / 1_000)), "fails its checksum");
                JoinPoint longer = new JoinPoint(
                        point.cluster(),
                        point.committed(),
                        point.end() + 32,
                        point.recording(),
                        point.sequence(),
                        point.digest());
                assertRefused(changed(files, JoinPoint.NAME, any -> longer.encode()), "is no frame of the log");
                JoinPoint other = new JoinPoint(
                        point.cluster(),
                        point.committed(),
                        point.end(),
                        point.recording(),
                        point.sequence(),
                        point.digest() + 1);
                assertRefused(changed(files, JoinPoint.NAME, any -> other.encode()), "digest");

                join(files);
            }
        }
    }

    private void assertRefused(FileSource source, String why) {
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> join(source))
                .withMessageContaining(why);
        assertThat(wal("copy")).doesNotExist();
        assertThat(cluster("copy")).doesNotExist();
    }

    @Test
    void aNodeGivesItsFilesToOneAtATimeAndNoOthers() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        try (ClusterNode node = start(members, "node", true)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            node.store().set("k", "v");
            FileSource files = node.files();
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(node::files)
                    .withMessageContaining("another node joins from this one");
            for (String name :
                    List.of("archive/../consensus/recording.log", "store/../x", "store/LOCK", "", "/etc/hosts")) {
                assertThatIOException().as(name).isThrownBy(() -> files.read(name, 0, 1));
            }
            assertThatIOException().isThrownBy(() -> files.read(JoinPoint.NAME, -1, 1));
            assertThatIOException().isThrownBy(() -> files.read(JoinPoint.NAME, 0, FileSource.MAX_PIECE + 1));
            assertThat(((NodeFiles) files).closeIfIdle(System.nanoTime())).isFalse();
            assertThat(((NodeFiles) files).closeIfIdle(System.nanoTime() + 2 * NodeFiles.MOST_IDLE_NANOS))
                    .isTrue();
            assertThatIOException()
                    .isThrownBy(() -> files.read(JoinPoint.NAME, 0, 1))
                    .withMessageContaining("for a minute");
            node.files().close();
        }
    }

    /**
     * It may lack what was acknowledged, and so would a copy of it: the two would be a majority, and elect a leader that
     * lacks it.
     */
    @Test
    void aNodeThatReachesNoLeaderGivesNothing() throws Exception {
        ClusterMembers members = InProcessCluster.members(3);
        List<ClusterNode> nodes = new ArrayList<>();
        try {
            for (ClusterMember member : members.all()) {
                String name = "node" + member.id();
                nodes.add(start(members, member.id(), wal(name), cluster(name), true));
            }
            for (ClusterNode node : nodes) {
                assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            }
            nodes.get(0).store().set("k", "v");
            nodes.get(0).files().close();
            nodes.get(1).close();
            nodes.get(2).close();
            assertThatExceptionOfType(NotCommittedException.class)
                    .isThrownBy(() -> nodes.get(0).files());
        } finally {
            nodes.forEach(ClusterNode::close);
        }
    }

    @Test
    void aLogWithAGapIsRefused() {
        Map<Long, Path> segments = new LinkedHashMap<>();
        assertThatIOException()
                .isThrownBy(() -> ClusterLogCheck.requireWhole(segments, 64))
                .withMessageContaining("ends at");
    }
}
