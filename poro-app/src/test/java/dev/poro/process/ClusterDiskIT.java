package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import dev.poro.process.harness.ClusterProcesses;
import dev.poro.process.harness.CountingClients;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Mount;
import dev.poro.process.harness.PoroProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Three nodes, each with a disk of its own for its log and another one for the cluster's, of which one is full at a
 * time. Nothing is left out for want of space: the node waits, or ends and says why, and the others go on.
 */
@Tag("R20")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ClusterDiskIT {
    private static final int NODES = 3;
    private static final int CLIENTS = 6;
    private static final String LONG = "takes half a minute";
    private static final long DISK_LENGTH = 400 << 20;

    @TempDir
    private Path directory;

    private final List<Mount> logDisks = new ArrayList<>();
    private final List<Mount> archiveDisks = new ArrayList<>();
    private ClusterProcesses cluster;

    private void start() throws IOException {
        Machine.requireTools("fallocate");
        cluster = ClusterProcesses.of(directory, NODES).options("--commit-timeout", "2s");
        for (int node = 0; node < NODES; node++) {
            logDisks.add(Mount.tmpfs(directory.resolve("log" + node), DISK_LENGTH));
            archiveDisks.add(Mount.tmpfs(directory.resolve("archive" + node), DISK_LENGTH));
            cluster.log(node, logDisks.get(node).point().resolve("wal"));
            cluster.clusterFiles(node, archiveDisks.get(node).point().resolve("cluster"));
        }
        cluster.startAll();
    }

    @AfterEach
    void end() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
        for (Mount disk : logDisks) {
            disk.close();
        }
        for (Mount disk : archiveDisks) {
            disk.close();
        }
    }

    /** A node writes meanwhile. */
    private static Path fill(Mount disk) throws IOException {
        Path filler = disk.point().resolve("filler");
        long length = 0;
        for (long free = usable(disk); free > 0; free = usable(disk)) {
            try {
                Machine.run("fallocate", "-o", length, "-l", free, filler);
                length += free;
            } catch (IOException e) {
                assertThat(usable(disk)).as(e.getMessage()).isLessThan(free);
            }
        }
        return filler;
    }

    private static long usable(Mount disk) throws IOException {
        return Files.getFileStore(disk.point()).getUsableSpace();
    }

    private static long lengthOf(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            long length = 0;
            for (Path file : files.toList()) {
                length += Files.size(file);
            }
            return length;
        }
    }

    /** Sets so much that a log needs one more file than it has. */
    private void outgrow(int node, int by) throws IOException {
        byte[] key = {'k'};
        byte[] value = new byte[500_000];
        try (Jedis jedis = cluster.connect(by)) {
            for (long left = lengthOf(cluster.log(node)); left > 0; left -= value.length) {
                value[0]++;
                set(jedis, key, value);
            }
        }
    }

    private static void set(Jedis jedis, byte[] key, byte[] value) {
        try {
            jedis.set(key, value);
        } catch (JedisDataException e) {
            assertThat(e.getMessage()).matches("(?s)(UNKNOWN|TRYAGAIN).*");
        }
    }

    @Test
    void aFollowerWaitsForSpaceForItsLogAndCatchesUp() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        start();
        try (CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(100);
            int leader = cluster.awaitLeader();
            int follower = cluster.otherThan(leader);
            Path filler = fill(logDisks.get(follower));
            outgrow(follower, leader);
            clients.awaitMore(100);
            assertThat(lengthOf(cluster.log(follower)))
                    .as("a log that waits for its next file")
                    .isLessThan(lengthOf(cluster.log(leader)));
            Files.delete(filler);
            clients.endAfter(100);
        }
    }

    @Test
    void theLeaderWaitsForSpaceForItsLogAndGoesOn() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        start();
        try (CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(100);
            int leader = cluster.awaitLeader();
            Path filler = fill(logDisks.get(leader));
            outgrow(leader, cluster.otherThan(leader));
            clients.awaitMore(100);
            Files.delete(filler);
            clients.endAfter(100);
        }
    }

    @Test
    void aNodeWhoseLogGetsNoSpaceEndsAndSaysSo() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        start();
        try (CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(100);
            for (int node : List.of(cluster.awaitLeader(), cluster.otherThan(cluster.awaitLeader()))) {
                Path filler = fill(logDisks.get(node));
                outgrow(node, cluster.otherThan(node));
                assertThat(cluster.awaitFailure(node))
                        .contains(cluster.log(node).toString())
                        .contains("no space for the message at position");
                clients.awaitMore(100);
                Files.delete(filler);
                cluster.startAll();
                clients.awaitMore(100);
            }
            clients.end();
            clients.assertCounts();
        }
    }

    @Test
    void aLeaderWithoutSpaceForTheClustersLogEndsAndTheOthersGoOn() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        start();
        endsWithoutSpaceForTheClustersLog(cluster.awaitLeader());
    }

    @Test
    void aFollowerWithoutSpaceForTheClustersLogEnds() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        start();
        endsWithoutSpaceForTheClustersLog(cluster.otherThan(cluster.awaitLeader()));
    }

    private void endsWithoutSpaceForTheClustersLog(int node) throws Exception {
        try (CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(100);
            Path filler = fill(archiveDisks.get(node));
            long full = System.nanoTime();
            String said = cluster.awaitFailure(node);
            assertThat(System.nanoTime() - full).isLessThan(TimeUnit.SECONDS.toNanos(10));
            assertThat(said).contains(cluster.clusterFiles(node).toString()).contains("space");
            clients.awaitMore(100);
            assertThat(cluster.awaitLeader()).isNotEqualTo(node);

            // The disk is still full.
            cluster.begin(node);
            PoroProcess.Result end = cluster.awaitEnd(node);
            assertThat(end.exitStatus).as(end.errors).isNotZero();
            assertThat(end.errors)
                    .contains(cluster.clusterFiles(node).toString())
                    .contains("space");

            Files.delete(filler);
            cluster.startAll();
            clients.endAfter(100);
        }
    }
}
