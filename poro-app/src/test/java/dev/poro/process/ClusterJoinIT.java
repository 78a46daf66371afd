package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import dev.poro.process.harness.ClusterProcesses;
import dev.poro.process.harness.CountingClients;
import dev.poro.process.harness.PoroProcess;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Nodes that have lost their files, and join from a live one under load. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ClusterJoinIT {
    private static final int NODES = 3;
    private static final int CLIENTS = 6;
    private static final String LONG = "takes half a minute";

    @TempDir
    private Path directory;

    private static void lose(ClusterProcesses cluster, int node) throws InterruptedException {
        cluster.kill(node);
        cluster.removeFiles(node);
    }

    @Test
    void aLostNodeJoinsFromALiveOneUnderLoadAndMayLead() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            clients.awaitMore(200);
            int leader = cluster.awaitLeader();
            int lost = (leader + 1) % NODES;
            int other = (leader + 2) % NODES;
            lose(cluster, lost);
            cluster.beginWithoutFiles(lost);
            PoroProcess.Result end = cluster.node(lost).finish(new byte[0]);
            assertThat(end.exitStatus).as(end.errors).isEqualTo(1);
            assertThat(end.errors).contains("has no files of a cluster", "poro cluster join");
            cluster.forget(lost);

            PoroProcess.Result join = cluster.join(lost, other).finish(new byte[0]);
            assertThat(join.exitStatus).as(join.errors).isZero();
            assertThat(join.text()).contains("Joined: a copy of 127.0.0.1:" + cluster.port(other));
            clients.awaitMore(100);
            cluster.startAll();
            clients.awaitMore(100);
            // Without the leader, the node that has joined is one of two: it votes, or leads.
            cluster.kill(leader);
            cluster.awaitLeader();
            clients.awaitMore(100);
            cluster.startAll();
            clients.end();
            clients.assertCounts();
        }
    }

    /**
     * The node that is asked was cut off, and lacks what the two others have acknowledged. A copy of it would lack
     * that, too: the two would be a majority.
     */
    @Test
    void aNodeThatMayLackWhatWasAcknowledgedGivesNoCopy() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES, "--commit-timeout", "2s")) {
            int leader = cluster.awaitLeader();
            int behind = (leader + 1) % NODES;
            int lost = (leader + 2) % NODES;
            cluster.signal(behind, "STOP");
            try (Jedis jedis = cluster.connect(leader)) {
                jedis.set("k", "acknowledged");
            }
            lose(cluster, lost);
            cluster.kill(leader);
            cluster.signal(behind, "CONT");
            PoroProcess.Result join = cluster.join(lost, behind).finish(new byte[0]);
            assertThat(join.exitStatus).as(join.text()).isEqualTo(1);
            assertThat(join.errors).contains("does not reach a leader");

            cluster.begin(leader);
            cluster.awaitServing(leader);
            cluster.awaitLeader();
            PoroProcess.Result again = cluster.join(lost, behind).finish(new byte[0]);
            assertThat(again.exitStatus).as(again.errors).isZero();
            cluster.startAll();
            try (Jedis jedis = cluster.connect(lost)) {
                assertThat(jedis.get("k")).isEqualTo("acknowledged");
            }
            cluster.assertEqualContents();
        }
    }

    @Test
    void aJoinWhoseEndsAreKilledAtAnyMomentGoesOn() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        long seed = Long.getLong("poro.test.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        int cuts = 0;
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES);
                CountingClients clients = CountingClients.start(cluster, CLIENTS)) {
            try (Jedis jedis = cluster.connect(0)) {
                String value = "v".repeat(100_000);
                for (int i = 0; i < 300; i++) {
                    jedis.set("k" + i, value);
                }
            }
            clients.awaitMore(100);
            for (int round = 0; round < 10; round++) {
                int lost = random.nextInt(NODES);
                lose(cluster, lost);
                for (int attempt = 0; ; attempt++) {
                    int peer = (lost + 1 + random.nextInt(2)) % NODES;
                    PoroProcess join = cluster.join(lost, peer);
                    if (attempt < 3) {
                        Thread.sleep(300 + random.nextInt(2_500));
                        boolean ofPeer = random.nextInt(3) == 0;
                        if (ofPeer) {
                            cluster.kill(peer);
                        } else {
                            join.kill();
                        }
                        PoroProcess.Result end = join.finish(new byte[0]);
                        if (ofPeer) {
                            cluster.begin(peer);
                            cluster.awaitServing(peer);
                        }
                        if (end.exitStatus == 0) {
                            break;
                        }
                        cuts++;
                        if (!cluster.hasJoined(lost)) {
                            cluster.beginWithoutFiles(lost);
                            PoroProcess.Result refused = cluster.node(lost).finish(new byte[0]);
                            assertThat(refused.exitStatus)
                                    .as("seed %d: %s", seed, refused.errors)
                                    .isEqualTo(1);
                            assertThat(refused.errors).contains("poro cluster join");
                            cluster.forget(lost);
                        } else {
                            break;
                        }
                    } else {
                        PoroProcess.Result end = join.finish(new byte[0]);
                        assertThat(end.exitStatus)
                                .as("seed %d: %s", seed, end.errors)
                                .isZero();
                        break;
                    }
                }
                cluster.startAll();
                clients.awaitMore(50);
            }
            clients.end();
            clients.assertCounts();
        }
        assertThat(cuts).isPositive();
        TestScale.report("join", "10 nodes joined under %d clients, %d joins cut before, 0 lost", CLIENTS, cuts);
    }
}
