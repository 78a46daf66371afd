package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.FileSource;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class OwnLogTest {
    /** So much the archive reads at once when it starts. */
    private static final int PIECE = 1 << 20;

    @TempDir
    private Path directory;

    private static ClusterNode start(ClusterMembers members, Path wal, boolean begins) {
        ClusterNodeBuilder builder = ClusterNode.of(members, 0);
        return (begins ? builder.begin() : builder)
                .directory(wal.resolveSibling(wal.getFileName() + ".cluster"))
                .start(Poro.at(wal).sync(SyncPolicy.OS).memory(8 << 20));
    }

    /** A copy is as a kill leaves it: the archive looks for the end. It ended the process, by a fault in memory. */
    @Test
    void theLastFragmentOfALogMayBeInTwoOfThePiecesThatTheArchiveReads() throws Exception {
        ClusterMembers members = InProcessCluster.members(1);
        Path copy = directory.resolve("copy.wal");
        Path cluster = directory.resolve("copy.wal.cluster");
        Path shared;
        try (ClusterNode node = start(members, directory.resolve("node.wal"), true)) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            for (int i = 0; i <= 2 * PIECE / 100_000; i++) {
                node.store().set("k" + i, "v".repeat(100_000));
            }
            shared = new ClusterFiles(directory.resolve("node.wal.cluster")).driver();
            for (Path made : new Path[] {directory.resolve("node.wal.cluster"), shared}) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                        .as(made.toString())
                        .isEqualTo("rwx------");
            }
            try (FileSource files = node.files()) {
                ClusterJoin.run(files, copy, cluster, Progress.NONE);
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cluster)))
                .isEqualTo("rwx------");
        Path segment = cluster.resolve("archive").resolve("0-0.rec");
        long end = 0;
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            while (end <= PIECE) {
                ByteBuffer length = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                file.read(length, end);
                end += (length.getInt(0) + 31L) / 32 * 32;
            }
            file.write(ByteBuffer.allocate(2 * PIECE), end);
        }

        String message = "ends at position " + end + ", and its store has a message";
        assertThatExceptionOfType(PoroException.class)
                .as("the archive has started, and says where the log ends")
                .isThrownBy(() -> start(members, copy, false).close())
                .withMessageContaining(message);
    }

    @Test
    void afterTheEndOfTheLogThereIsNothing() throws IOException {
        Path segment = directory.resolve("7-67108864.rec");
        byte[] stale = new byte[3 << 20];
        Arrays.fill(stale, (byte) 1);
        Files.write(segment, stale);

        OwnLog.clearAfter(directory, 7, (64 << 20) + 96);

        byte[] expected = new byte[stale.length];
        Arrays.fill(expected, 0, 96, (byte) 1);
        assertThat(Files.readAllBytes(segment)).isEqualTo(expected);
        OwnLog.clearAfter(directory, 8, 96);
    }
}
