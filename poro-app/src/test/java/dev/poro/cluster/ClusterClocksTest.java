package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes of which no two have the same time: one clock is an hour ahead, one is an hour behind. Whoever leads, log
 * time goes on, nothing expires early, and all nodes agree on what has expired.
 */
@Tag("R37")
@Timeout(120)
class ClusterClocksTest {
    private static final long HOUR = TimeUnit.HOURS.toMillis(1);
    private static final long[] AHEAD_MILLIS = {HOUR, -HOUR, 0};

    /** Less than the minute after which a clock that is ahead is followed. */
    private static final Duration LIFE = Duration.ofMinutes(5);

    private static final int CHANGES_OF_LEADER = 6;

    @TempDir
    private Path directory;

    private final ClusterMembers members = InProcessCluster.members(AHEAD_MILLIS.length);
    private final List<ClusterNode> nodes = new ArrayList<>();
    private Instant logTime = Instant.MIN;

    private ClusterNode start(int id, boolean begins) {
        ClusterNodeBuilder node = ClusterNode.of(members, id);
        return (begins ? node.begin() : node)
                .directory(directory.resolve("cluster" + id))
                .wallClock(() -> System.currentTimeMillis() + AHEAD_MILLIS[id])
                .start(Poro.at(directory.resolve("wal" + id))
                        .sync(SyncPolicy.OS)
                        .memory(8 << 20));
    }

    @AfterEach
    void close() {
        nodes.forEach(ClusterNode::close);
    }

    @Test
    void logTimeGoesOnAndExpiryIsTheSameEverywhereWhoeverLeads() throws Exception {
        assumeTrue(TestScale.ENABLED, "takes half a minute");
        for (int id = 0; id < AHEAD_MILLIS.length; id++) {
            nodes.add(start(id, true));
        }
        int leader = awaitLeader();
        store(leader).set("long", "v", LIFE);
        Instant expiry = logTimeOf(leader).plus(LIFE);
        long began = System.nanoTime();
        for (int change = 0; change <= CHANGES_OF_LEADER; change++) {
            leader = awaitLeader();
            expiresSoon(leader, change);
            assertThat(store(leader).get("long"))
                    .as("led by a clock that is %d ms ahead", AHEAD_MILLIS[leader])
                    .isEqualTo("v");
            // Twice as fast at most, and the whole test is shorter than the minute of a step.
            Duration passed = Duration.ofNanos(2 * (System.nanoTime() - began)).plusSeconds(2);
            assertThat(logTimeOf(leader)).isBefore(expiry.minus(LIFE).plus(passed));
            requireEqual();
            if (change < CHANGES_OF_LEADER) {
                nodes.get(leader).close();
                awaitAnotherLeader(leader);
                nodes.set(leader, start(leader, false));
                assertThat(nodes.get(leader).awaitConnected(Duration.ofSeconds(60)))
                        .isTrue();
            }
        }
    }

    private Poro store(int id) {
        return nodes.get(id).store();
    }

    /** Of a node that is as far as the cluster is. */
    private Instant logTimeOf(int id) {
        nodes.get(id).barrier();
        Instant time = store(id).logTime();
        assertThat(time).isAfterOrEqualTo(logTime);
        logTime = time;
        return time;
    }

    private void expiresSoon(int leader, int number) throws InterruptedException {
        String key = "short" + number;
        int follower = (leader + 1) % nodes.size();
        store(follower).set(key, "v", Duration.ofMillis(200));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        logTimeOf(leader);
        while (store(leader).get(key) != null) {
            assertThat(System.nanoTime() - deadline).isNegative();
            Thread.sleep(5);
            logTimeOf(leader);
        }
        // What has expired on one node has expired on any that is as far.
        for (int id = 0; id < nodes.size(); id++) {
            logTimeOf(id);
            assertThat(store(id).get(key)).as("node %d", id).isNull();
        }
    }

    /** What has expired is removed meanwhile. */
    private void requireEqual() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (nodes.stream()
                        .map(node ->
                                node.store().sequence() + " " + node.store().digest())
                        .distinct()
                        .count()
                > 1) {
            assertThat(System.nanoTime() - deadline).isNegative();
            Thread.sleep(5);
        }
    }

    private int awaitLeader() throws InterruptedException {
        for (ClusterNode node : nodes) {
            assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
        }
        return awaitAnotherLeader(-1);
    }

    private int awaitAnotherLeader(int before) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            for (int id = 0; id < nodes.size(); id++) {
                if (id != before && nodes.get(id).report().isLeader()) {
                    return id;
                }
            }
            assertThat(System.nanoTime() - deadline).isNegative();
            Thread.sleep(5);
        }
    }
}
