package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import dev.poro.process.harness.ClusterProcesses;
import dev.poro.process.harness.CountingClients;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Mount;
import dev.poro.process.harness.PoroProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Nodes that come back: after a power cut, with files that are older, after a pause that was too long. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ClusterRestartIT {
    private static final int NODES = 3;
    private static final int CLIENTS = 6;
    private static final String LONG = "takes more than ten seconds";
    private static final int IMAGE_LENGTH = 512 << 20;

    @TempDir
    private Path directory;

    /**
     * All lose power at the same moment, and of each disk only what was forced is left, as its file system has it when
     * it is mounted again.
     */
    @Test
    @Tag("R16")
    void whatIsAcknowledgedUnderAlwaysSurvivesAPowerCutOfAll() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        Machine.requireTools("perl");
        SplittableRandom random = new SplittableRandom();
        int cuts = TestScale.choose(1, 20);
        List<Mount> disks = new ArrayList<>();
        ClusterProcesses cluster = ClusterProcesses.of(directory, NODES).options("--sync", "always");
        try {
            for (int node = 0; node < NODES; node++) {
                Mount disk =
                        Mount.ext4(directory.resolve("disk" + node), directory.resolve("image" + node), IMAGE_LENGTH);
                disks.add(disk);
                cluster.log(node, disk.point().resolve("wal"));
                cluster.clusterFiles(node, disk.point().resolve("cluster"));
            }
            cluster.start();
            try (CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
                for (int cut = 0; cut < cuts; cut++) {
                    clients.awaitMore(100 + random.nextInt(300));
                    for (Mount disk : disks) {
                        disk.cutPower();
                    }
                    for (int node = 0; node < NODES; node++) {
                        cluster.kill(node);
                        disks.get(node).remount();
                    }
                    cluster.startAll();
                }
                clients.endAfter(100);
                TestScale.report(
                        "power cuts of a cluster",
                        "%d cuts of all nodes at once under always, %d counts acknowledged, 0 lost",
                        cuts,
                        clients.acknowledged());
            }
        } finally {
            cluster.close();
            for (Mount disk : disks) {
                disk.close();
            }
        }
    }

    /** The client of the media driver is taken for dead then: the node must not go on as if nothing had been. */
    @Test
    void aNodeThatStoodForTooLongEndsAndComesBack() throws Exception {
        assumeTrue(TestScale.ENABLED, "stands still for more than two minutes");
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            for (int node : List.of(cluster.awaitLeader(), cluster.otherThan(cluster.awaitLeader()))) {
                clients.awaitMore(100);
                cluster.signal(node, "STOP");
                TimeUnit.SECONDS.sleep(70);
                clients.awaitMore(100);
                cluster.signal(node, "CONT");
                cluster.awaitFailure(node);
                cluster.startAll();
            }
            clients.endAfter(100);
        }
    }

    @Test
    void aNodeGoesOnFromAnOlderCopyOfItsStore() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(200);
            int node = cluster.otherThan(cluster.awaitLeader());
            Path copy = directory.resolve("copy");
            cluster.terminate(node);
            ClusterProcesses.copy(cluster.log(node), copy);
            cluster.startAll();
            clients.awaitMore(500);

            cluster.kill(node);
            ClusterProcesses.replace(cluster.log(node), copy);
            cluster.startAll();
            clients.endAfter(200);
        }
    }

    /** It has acknowledged what it does not know any more: as a voter, it could make others forget it, too. */
    @Test
    void aNodeWhoseClusterFilesAreOlderThanItsStoreIsRefused() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(200);
            int node = cluster.otherThan(cluster.awaitLeader());
            Path copy = directory.resolve("copy");
            cluster.terminate(node);
            ClusterProcesses.copy(cluster.clusterFiles(node), copy);
            cluster.startAll();
            clients.awaitMore(500);

            cluster.terminate(node);
            Path set = directory.resolve("aside");
            Files.move(cluster.clusterFiles(node), set);
            ClusterProcesses.copy(copy, cluster.clusterFiles(node));
            cluster.begin(node);
            PoroProcess.Result end = cluster.awaitEnd(node);
            assertThat(end.exitStatus).as(end.errors).isEqualTo(1);
            assertThat(end.errors)
                    .contains(cluster.clusterFiles(node).toString())
                    .contains("ends at position")
                    .contains("A node that is lost");

            ClusterProcesses.remove(cluster.clusterFiles(node));
            Files.move(set, cluster.clusterFiles(node));
            cluster.startAll();
            clients.endAfter(100);
        }
    }

    /** As after a power cut of all under {@code everysec}, when each has lost a part of the cluster's log. */
    @Test
    void allBeginAgainFromTheStoreOfOne() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.endAfter(200);
            for (int node = 0; node < NODES; node++) {
                cluster.kill(node);
            }
            PoroProcess.Result restored =
                    PoroProcess.run(directory, "", "restore", cluster.log(1).toString(), "restored.wal");
            assertThat(restored.exitStatus).as(restored.errors).isZero();
            for (int node = 0; node < NODES; node++) {
                cluster.removeFiles(node);
                ClusterProcesses.copy(directory.resolve("restored.wal"), cluster.log(node));
            }
            cluster.options("--adopt").startAll();
            clients.assertCounts();
            try (Jedis jedis = cluster.connect(0)) {
                jedis.set("k", "v");
            }
            cluster.options().assertEqualContents();
        }
    }
}
