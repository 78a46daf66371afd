package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowable;

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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node, alone in its cluster, is copied while it runs. */
@Timeout(120)
class ClusterJoinTest {
    private static final int KEYS = 200;

    /** Of the node that is copied: all tests have the same. */
    @TempDir
    private static Path home;

    private static ClusterNode node;

    @TempDir
    private Path directory;

    private static ClusterNode start(ClusterMembers members, Path wal, boolean begins) {
        ClusterNodeBuilder builder = ClusterNode.of(members, 0);
        return (begins ? builder.begin() : builder)
                .directory(wal.resolveSibling(wal.getFileName() + ".cluster"))
                .commitTimeout(Duration.ofSeconds(1))
                .start(Poro.at(wal).sync(SyncPolicy.OS).memory(8 << 20));
    }

    @BeforeAll
    static void startNode() throws Exception {
        node = start(InProcessCluster.members(1), home.resolve("node.wal"), true);
        assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
        for (int i = 0; i < KEYS; i++) {
            node.store().set("k" + i, "v" + i);
        }
        node.store().snapshot();
        node.store().set("last", "of all");
    }

    @AfterAll
    static void endNode() {
        node.close();
    }

    private Path wal() {
        return directory.resolve("copy.wal");
    }

    private Path cluster() {
        return directory.resolve("copy.wal.cluster");
    }

    private Path unfinished() {
        return directory.resolve("copy.wal.cluster.unfinished");
    }

    private void join(FileSource source) {
        ClusterJoin.run(source, wal(), cluster(), Progress.NONE);
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

    /** The copy has another address, and so may run beside the node. */
    @Test
    void aJoinGoesOnWhereverItWasCutAndTheCopyHasAllThatWasAcknowledged() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        try (FileSource files = node.files()) {
            node.store().set("later", "than the copy");
            for (int reads = 1; isCutAfter(files, reads); reads += TestScale.choose(reads, 1)) {
                assertThat(wal()).doesNotExist();
                assertThatNothingStarts(members);
            }
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> join(files))
                    .withMessageContaining("only a node without files joins");
        }
        // As if it had been cut between the names of the two directories.
        assertThat(ClusterJoin.isCopied(wal(), cluster())).isFalse();
        Files.move(cluster(), unfinished());
        assertThatNothingStarts(members);
        assertThat(ClusterJoin.isCopied(wal(), cluster())).isTrue();
        ClusterJoin.finish(cluster());
        try (ClusterNode copy = start(members, wal(), false)) {
            assertThat(copy.awaitConnected(Duration.ofSeconds(60))).isTrue();
            copy.barrier();
            assertThat(copy.store().get("k" + (KEYS - 1))).isEqualTo("v" + (KEYS - 1));
            assertThat(copy.store().get("last")).isEqualTo("of all");
            assertThat(copy.store().get("later")).isNull();
            copy.store().set("later", "than the copy");
            assertThat(copy.store().digest()).isEqualTo(node.store().digest());
            assertThat(copy.failure()).isNull();
        } finally {
            node.store().delete("later");
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
        for (boolean begins : List.of(true, false)) {
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> start(members, wal(), begins))
                    .withMessageContaining("was joining")
                    .withMessageContaining("poro cluster join");
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
        try (FileSource files = node.files()) {
            JoinPoint point = JoinPoint.decode(files.read(JoinPoint.NAME, 0, FileSource.MAX_PIECE));
            String log = NodeFiles.ARCHIVE + point.recording() + "-0.rec";
            String segment = NodeFiles.STORE + "0000000001.wal";
            assertThat(files.files()).containsKeys(log, segment);

            assertRefused(changed(files, log, piece -> flip(piece, 8)), "is no frame of the log");
            assertRefused(changed(files, log, piece -> flip(piece, 40)), "at offset 0 fails its checksum");
            assertRefused(changed(files, segment, piece -> flip(piece, 1_000)), "fails its checksum");
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
        }
    }

    private void assertRefused(FileSource source, String why) {
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> join(source))
                .withMessageContaining(why);
        assertThat(wal()).doesNotExist();
        assertThat(cluster()).doesNotExist();
    }

    @Test
    void aNodeGivesItsFilesToOneAtATimeAndNoOthers() throws Exception {
        NodeFiles files = (NodeFiles) node.files();
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(node::files)
                .withMessageContaining("another node joins from this one");
        for (String name :
                List.of("archive/../consensus/recording.log", "store/../x", "store/LOCK", "", "/etc/hosts")) {
            assertThatIOException().as(name).isThrownBy(() -> files.read(name, 0, 1));
        }
        assertThatIOException().isThrownBy(() -> files.read(JoinPoint.NAME, -1, 1));
        assertThatIOException().isThrownBy(() -> files.read(JoinPoint.NAME, 0, FileSource.MAX_PIECE + 1));
        String archived = files.files().keySet().stream()
                .filter(name -> name.endsWith(".rec"))
                .findFirst()
                .orElseThrow();
        for (long offset : new long[] {Long.MAX_VALUE, (1L << 32) - (1 << 30), (3L << 32) - (1 << 30)}) {
            assertThat(files.read(archived, offset, 1)).as("at %d", offset).isEmpty();
        }
        assertThat(files.closeIfIdle()).isFalse();
        files.close();
        assertThatIOException().isThrownBy(() -> files.read(JoinPoint.NAME, 0, 1));
        node.files().close();
    }

    /**
     * It may lack what was acknowledged, and so would a copy of it: the two would be a majority, and elect a leader
     * that lacks it.
     */
    @Test
    void aNodeThatReachesNoLeaderGivesNothing() throws Exception {
        try (ClusterNode alone = start(InProcessCluster.members(3), directory.resolve("alone.wal"), true)) {
            assertThatExceptionOfType(NotCommittedException.class).isThrownBy(alone::files);
        }
    }

    /** The first one waits for the leader, as all would, one after the other; and each has a thread of the server. */
    @Test
    void ofManyThatJoinAtTheSameTimeAllButOneAreRefusedAtOnce() throws Exception {
        try (ClusterNode alone = start(InProcessCluster.members(3), directory.resolve("alone.wal"), true)) {
            List<Throwable> refusals = new CopyOnWriteArrayList<>();
            CyclicBarrier together = new CyclicBarrier(8);
            List<Thread> joiners = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Thread joiner = new Thread(() -> refusals.add(catchThrowable(() -> {
                    together.await();
                    alone.files();
                })));
                joiners.add(joiner);
                joiner.start();
            }
            for (Thread joiner : joiners) {
                joiner.join();
            }
            assertThat(refusals)
                    .filteredOn(NotCommittedException.class::isInstance)
                    .hasSize(1);
            assertThat(refusals)
                    .filteredOn(refusal -> refusal.getMessage().contains("another node joins from this one"))
                    .hasSize(7);
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
