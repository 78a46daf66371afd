package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import dev.poro.process.harness.ClusterNetwork;
import dev.poro.process.harness.ClusterProcesses;
import dev.poro.process.harness.CountingClients;
import dev.poro.process.harness.ObservingClients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Three nodes, of which some do not hear each other for a while. Clients reach all of them all the time: those of a
 * node that is cut off must learn nothing that is not so.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ClusterNetworkIT {
    private static final int NODES = 3;
    private static final int CLIENTS = 6;
    private static final String LONG = "takes minutes";

    @TempDir
    private Path directory;

    /** What is lost in a round. */
    private enum Cut {
        LEADER_ALONE {
            @Override
            void begin(ClusterNetwork network, int leader) throws IOException {
                network.isolate(leader);
            }
        },
        FROM_THE_LEADER {
            @Override
            void begin(ClusterNetwork network, int leader) throws IOException {
                network.cut(leader, follower(leader, 1));
                network.cut(leader, follower(leader, 2));
            }
        },
        FOLLOWER_ALONE {
            @Override
            void begin(ClusterNetwork network, int leader) throws IOException {
                network.isolate(follower(leader, 1));
            }
        },
        TO_THE_LEADER {
            @Override
            void begin(ClusterNetwork network, int leader) throws IOException {
                network.cut(follower(leader, 1), leader);
                network.cut(follower(leader, 2), leader);
            }
        },
        LEADER_TO_ONE {
            @Override
            void begin(ClusterNetwork network, int leader) throws IOException {
                network.cut(leader, follower(leader, 1));
            }
        },
        ONE_TO_LEADER {
            @Override
            void begin(ClusterNetwork network, int leader) throws IOException {
                network.cut(follower(leader, 1), leader);
            }
        },
        LEADER_AND_ONE {
            @Override
            void begin(ClusterNetwork network, int leader) throws IOException {
                network.cut(leader, follower(leader, 1));
                network.cut(follower(leader, 1), leader);
            }
        },
        ALL {
            @Override
            void begin(ClusterNetwork network, int leader) throws IOException {
                network.isolate(0);
                network.isolate(1);
                network.isolate(2);
            }
        };

        abstract void begin(ClusterNetwork network, int leader) throws IOException;

        private static int follower(int leader, int which) {
            return (leader + which) % NODES;
        }
    }

    private static void readOnly(Jedis jedis) {
        jedis.sendCommand(() -> "READONLY".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aLeaderThatIsCutOffAcknowledgesNothingAndReadsNothingAsCurrent() throws Exception {
        long seed = Long.getLong("poro.test.seed", System.nanoTime());
        try (ClusterNetwork network = ClusterNetwork.start(NODES);
                ClusterProcesses cluster = ClusterProcesses.of(directory, NODES)
                        .on(network)
                        .options("--commit-timeout", "2s")
                        .start()) {
            int leader = cluster.awaitLeader();
            try (Jedis alone = cluster.connect(leader);
                    Jedis readsOnly = cluster.connect(leader);
                    ObservingClients others =
                            ObservingClients.start(cluster, CLIENTS, "o", new SplittableRandom(seed))) {
                alone.set("k", "before");
                readOnly(readsOnly);

                network.isolate(leader);
                // It may not know yet that it is alone.
                assertThatThrownBy(() -> alone.set("k", "alone"))
                        .isInstanceOf(JedisDataException.class)
                        .hasMessageMatching("(?s)(UNKNOWN|TRYAGAIN).*");
                int next = cluster.awaitLeaderOtherThan(leader);
                try (Jedis majority = cluster.connect(next)) {
                    majority.set("k", "after");
                }
                assertThatThrownBy(() -> alone.get("k"))
                        .isInstanceOf(JedisDataException.class)
                        .hasMessageStartingWith("TRYAGAIN");
                awaitValue(readsOnly, "k", "before"); // it may share a round with reads that ask
                awaitSlave(cluster, leader);
                assertThat(cluster.info(leader))
                        .containsEntry("master_link_status", "down")
                        .containsEntry("poro_cluster_leader", "-1");

                network.heal();
                awaitValue(alone, "k", "after");
                assertThat(others.endAndCheck("seed " + seed)).isPositive();
            }
            cluster.assertEqualContents();
        }
    }

    private static void awaitSlave(ClusterProcesses cluster, int node) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!"slave".equals(cluster.info(node).get("role"))) {
            assertThat(System.nanoTime() - deadline)
                    .as("a node that is cut off knows it")
                    .isNegative();
            Thread.sleep(20);
        }
    }

    private static void awaitValue(Jedis jedis, String key, String value) throws InterruptedException {
        for (int tries = 0; ; tries++) {
            try {
                assertThat(jedis.get(key)).isEqualTo(value);
                return;
            } catch (JedisDataException e) {
                assertThat(e).hasMessageStartingWith("TRYAGAIN");
                assertThat(tries).as("tries of a node that is reached again").isLessThan(20);
            }
        }
    }

    @Test
    void historiesAreLinearizableWhateverIsCut() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        long seed = Long.getLong("poro.test.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        int rounds = 5 * Cut.values().length;
        long operations = 0;
        try (ClusterNetwork network = ClusterNetwork.start(NODES);
                ClusterProcesses cluster = ClusterProcesses.of(directory, NODES)
                        .on(network)
                        .options("--commit-timeout", "3s")
                        .start()) {
            for (int round = 0; round < rounds; round++) {
                Cut cut = Cut.values()[round % Cut.values().length];
                int leader = cluster.awaitLeader();
                try (ObservingClients clients =
                        ObservingClients.start(cluster, CLIENTS, "k" + round + "-", random.split())) {
                    Thread.sleep(300);
                    cut.begin(network, leader);
                    Thread.sleep(1_500 + random.nextInt(1_500));
                    network.heal();
                    cluster.awaitLeader();
                    Thread.sleep(300);
                    operations += clients.endAndCheck(cut + ", seed " + seed);
                }
            }
            cluster.assertEqualContents();
        }
        TestScale.report(
                "linearizability of a cluster whose network is cut",
                "%d histories of %d clients on %d nodes, %d operations, links cut in one or both directions, all"
                        + " linearizable",
                rounds,
                CLIENTS,
                NODES,
                operations);
    }

    @Test
    void losesNothingAcknowledgedWhileLeadersAreCutOff() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        int cuts = 5 * Cut.values().length;
        try (ClusterNetwork network = ClusterNetwork.start(NODES);
                ClusterProcesses cluster = ClusterProcesses.of(directory, NODES)
                        .on(network)
                        .options("--commit-timeout", "2s")
                        .start();
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            for (int cut = 0; cut < cuts; cut++) {
                clients.awaitMore(200);
                Cut.values()[cut % Cut.values().length].begin(network, cluster.awaitLeader());
                Thread.sleep(2_500);
                network.heal();
                cluster.awaitLeader();
            }
            clients.endAfter(200);
            assertThat(clients.refused())
                    .as("some clients were on the side that cannot know")
                    .isPositive();
            TestScale.report(
                    "cuts of a cluster's network",
                    "%d cuts, %d counts acknowledged, 0 lost, none counted twice, %d refused",
                    cuts,
                    clients.acknowledged(),
                    clients.refused());
        }
    }

    /** Of all packets, every tenth is lost. */
    @Test
    void losesNothingOnANetworkThatLosesPackets() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        ClusterProcesses cluster = ClusterProcesses.of(directory, NODES).options("--commit-timeout", "5s");
        for (int node = 0; node < NODES; node++) {
            cluster.jvmOptions(
                    node,
                    "-Daeron.ReceiveChannelEndpoint.supplier=io.aeron.driver.ext.DebugReceiveChannelEndpointSupplier",
                    "-Daeron.SendChannelEndpoint.supplier=io.aeron.driver.ext.DebugSendChannelEndpointSupplier",
                    "-Daeron.debug.receive.data.loss.rate=0.1",
                    "-Daeron.debug.receive.control.loss.rate=0.1",
                    "-Daeron.debug.send.control.loss.rate=0.1");
        }
        long seed = System.nanoTime();
        try (cluster) {
            cluster.start();
            try (CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
                clients.awaitMore(2_000);
                cluster.kill(cluster.awaitLeader());
                clients.awaitMore(1_000);
                cluster.startAll();
                clients.endAfter(1_000);
            }
            try (ObservingClients clients = ObservingClients.start(cluster, CLIENTS, "k", new SplittableRandom(seed))) {
                Thread.sleep(5_000);
                long operations = clients.endAndCheck("seed " + seed);
                assertThat(operations).isGreaterThan(100);
            }
            cluster.assertEqualContents();
        }
    }
}
