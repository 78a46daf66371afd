package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import dev.poro.process.harness.ClusterProcesses;
import dev.poro.process.harness.CountingClients;
import dev.poro.process.harness.ObservingClients;
import dev.poro.process.harness.PoroProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisDataException;

/** Three nodes on loopback, killed, paused and started again under load. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ClusterIT {
    private static final int NODES = 3;
    private static final int CLIENTS = 6;
    private static final String LONG = "takes half a minute";
    private static final int KILLS = TestScale.choose(1, 20);

    @TempDir
    private Path directory;

    @Test
    void losesNothingAcknowledgedWhenLeadersAndFollowersDie() throws Exception {
        List<Long> gaps = new ArrayList<>();
        long acknowledged;
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(200);
            for (int kill = 0; kill < KILLS; kill++) {
                int leader = cluster.awaitLeader();
                clients.forgetGaps();
                cluster.kill(leader);
                assertThat(cluster.awaitLeader()).isNotEqualTo(leader);
                clients.awaitMore(200);
                gaps.add(clients.longestGapMillis());
                cluster.startAll();
                clients.awaitMore(200);
                int follower = (cluster.awaitLeader() + 1) % NODES;
                cluster.kill(follower);
                clients.awaitMore(200);
                cluster.startAll();
            }
            clients.end();
            clients.assertCounts();
            acknowledged = clients.acknowledged();
        }
        Collections.sort(gaps);
        TestScale.report(
                "cluster",
                "%d leaders and %d followers killed under %d clients, %d counts acknowledged, 0 lost; no client got"
                        + " an answer for %d ms at the median, %d ms at most",
                KILLS,
                KILLS,
                CLIENTS,
                acknowledged,
                gaps.get(gaps.size() / 2),
                gaps.get(gaps.size() - 1));
    }

    @Test
    void goesOnAfterAPauseAndAfterAllAreKilledAtOnce() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(200);
            for (int node : new int[] {cluster.awaitLeader(), (cluster.awaitLeader() + 1) % NODES}) {
                cluster.signal(node, "STOP");
                Thread.sleep(2_000);
                cluster.signal(node, "CONT");
                clients.awaitMore(200);
            }
            for (int i = 0; i < NODES; i++) {
                cluster.kill(i);
            }
            cluster.startAll();
            clients.endAfter(200);
        }
    }

    @Test
    void everyNodeTakesChangesReadsWhatIsCurrentAndTellsItsPlace() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES)) {
            int leader = cluster.awaitLeader();
            try (Jedis zero = cluster.connect(0);
                    Jedis one = cluster.connect(1);
                    Jedis two = cluster.connect(2)) {
                List<Jedis> nodes = List.of(zero, one, two);
                for (int i = 0; i < 150; i++) {
                    nodes.get(i % NODES).set("k", "v" + i);
                    assertThat(nodes.get((i + 1) % NODES).get("k")).isEqualTo("v" + i);
                    assertThat(nodes.get((i + 2) % NODES).mget("k")).containsExactly("v" + i);
                }
                assertThat(one.sendCommand(() -> "READONLY".getBytes(StandardCharsets.US_ASCII)))
                        .isEqualTo("OK".getBytes(StandardCharsets.US_ASCII));
                assertThat(one.get("k")).isEqualTo("v149");
                assertThat(one.sendCommand(() -> "READWRITE".getBytes(StandardCharsets.US_ASCII)))
                        .isEqualTo("OK".getBytes(StandardCharsets.US_ASCII));
            }
            int follower = (leader + 1) % NODES;
            assertThat(cluster.info(leader)).containsEntry("role", "master").containsEntry("connected_slaves", "2");
            assertThat(cluster.info(follower))
                    .containsEntry("role", "slave")
                    .containsEntry("master_host", "127.0.0.1")
                    .containsEntry("master_port", Integer.toString(cluster.port(leader)))
                    .containsEntry("master_link_status", "up");
            publishesToAll(cluster, leader, follower);
            cluster.assertEqualContents();
        }
    }

    private static void publishesToAll(ClusterProcesses cluster, int from, int to) throws Exception {
        LinkedBlockingQueue<String> received = new LinkedBlockingQueue<>();
        try (Jedis publisher = cluster.connect(from);
                Jedis subscriber = cluster.connect(to)) {
            JedisPubSub listener = new JedisPubSub() {
                @Override
                public void onSubscribe(String channel, int count) {
                    received.add("subscribed");
                }

                @Override
                public void onMessage(String channel, String message) {
                    received.add(channel + " " + message);
                    unsubscribe();
                }
            };
            Thread thread = new Thread(() -> subscriber.subscribe(listener, "news"));
            thread.start();
            assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("subscribed");
            publisher.publish("news", "hello");
            assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("news hello");
            thread.join(10_000);
        }
    }

    @Test
    void withoutAMajorityNothingIsAcknowledgedNorReadAsCurrent() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES, "--commit-timeout", "2s")) {
            try (Jedis jedis = cluster.connect(0)) {
                jedis.set("k", "v");
                cluster.kill(1);
                cluster.kill(2);
                assertThatIsRefused(() -> jedis.set("k", "other"));
                assertThatIsRefused(() -> jedis.get("k"));
                jedis.sendCommand(() -> "READONLY".getBytes(StandardCharsets.US_ASCII));
                assertThat(jedis.get("k")).isEqualTo("v");
            }
            cluster.startAll();
            cluster.assertEqualContents();
        }
    }

    private static void assertThatIsRefused(Runnable command) {
        try {
            command.run();
            throw new AssertionError("was answered without a majority");
        } catch (JedisDataException e) {
            assertThat(e.getMessage()).matches("(?s)(UNKNOWN|TRYAGAIN).*");
        }
    }

    @Test
    void refusesAStoreThatIsNotThatOfTheCluster() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES)) {
            try (Jedis jedis = cluster.connect(0)) {
                jedis.set("k", "v");
            }
            for (int i = 0; i < NODES; i++) {
                cluster.terminate(i);
            }
            // The cluster's files are gone, and the store is not: all that comes would be taken for old.
            ClusterProcesses.remove(cluster.clusterFiles(0));
            cluster.begin(0);
            PoroProcess.Result end = cluster.node(0).finish(new byte[0]);
            assertThat(end.exitStatus).as(end.errors).isEqualTo(1);
            assertThat(end.errors).contains("is one of a cluster already");
            // The store is gone, and the cluster's files are not: it is built again from the cluster's log.
            ClusterProcesses.remove(cluster.log(1));
            cluster.begin(1);
            cluster.begin(2);
            cluster.awaitServing(1);
            try (Jedis jedis = cluster.connect(1)) {
                assertThat(jedis.get("k")).isEqualTo("v");
            }
        }
    }

    @Test
    void historiesOfClientsOnAllNodesAreLinearizable() throws Exception {
        long seed = Long.getLong("poro.test.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        int rounds = TestScale.choose(1, 30);
        long operations = 0;
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES, "--commit-timeout", "4s")) {
            for (int round = 0; round < rounds; round++) {
                try (ObservingClients clients =
                        ObservingClients.start(cluster, CLIENTS, "k" + round + "-", random.split())) {
                    Thread.sleep(500);
                    killOrPause(cluster, cluster.awaitLeader(), round % 2 == 0);
                    operations += clients.endAndCheck("seed " + seed);
                }
            }
            cluster.assertEqualContents();
        }
        TestScale.report(
                "linearizability of a cluster",
                "%d histories of %d clients on %d nodes, %d operations, a leader killed or paused in each, all"
                        + " linearizable",
                rounds,
                CLIENTS,
                NODES,
                operations);
    }

    private static void killOrPause(ClusterProcesses cluster, int leader, boolean kills) throws Exception {
        if (kills) {
            cluster.kill(leader);
            cluster.awaitLeader();
            Thread.sleep(300);
            cluster.startAll();
        } else {
            cluster.signal(leader, "STOP");
            Thread.sleep(1_500);
            cluster.signal(leader, "CONT");
            Thread.sleep(500);
        }
    }

    @Test
    void aTryIsOneCommand() throws Exception {
        PoroProcess.Result session = PoroProcess.run(directory, "SET a 1\nINCR a\nGET a\n", "cluster", "--try");
        assertThat(session.errors).contains("Three nodes");
        assertThat(session.text()).isEqualTo("OK\n(integer) 2\n\"2\"\n");
        assertThat(session.exitStatus).isZero();
    }
}
