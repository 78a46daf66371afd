package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import dev.poro.process.harness.ClusterProcesses;
import dev.poro.process.harness.LinearizabilityChecker;
import dev.poro.process.harness.LinearizabilityChecker.Kind;
import dev.poro.process.harness.LinearizabilityChecker.Operation;
import dev.poro.process.harness.PoroProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
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
    private static final int KEYS = 3;
    private static final String LONG = "takes half a minute";
    private static final int KILLS = TestScale.choose(2, 20);

    @TempDir
    private Path directory;

    /** Counts a key of its own up, on whatever node answers; it knows what was acknowledged. */
    private static final class Counter implements Runnable {
        private final ClusterProcesses cluster;
        private final int number;
        private final AtomicLong acknowledged = new AtomicLong();
        private final AtomicLong sent = new AtomicLong();
        private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
        private final List<Long> gapsMillis = Collections.synchronizedList(new ArrayList<>());
        private volatile boolean isEnded;

        Counter(ClusterProcesses cluster, int number) {
            this.cluster = cluster;
            this.number = number;
        }

        @Override
        public void run() {
            int node = number % NODES;
            while (!isEnded) {
                try {
                    count(node);
                } catch (IOException e) {
                    node = (node + 1) % NODES;
                }
            }
        }

        private void count(int node) throws IOException {
            try (Socket client = new Socket()) {
                client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), cluster.port(node)), 1_000);
                client.setSoTimeout(3_000);
                client.setTcpNoDelay(true);
                BufferedReader replies =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                while (!isEnded) {
                    sent.incrementAndGet();
                    client.getOutputStream().write(("INCR n" + number + "\r\n").getBytes(StandardCharsets.US_ASCII));
                    String reply = replies.readLine();
                    if (reply == null) {
                        throw new IOException("closed");
                    }
                    if (reply.startsWith(":")) {
                        long now = System.nanoTime();
                        gapsMillis.add((now - lastNanos.getAndSet(now)) / 1_000_000);
                        // Only ever up: nobody else counts it.
                        assertThat(Long.parseLong(reply.substring(1))).isGreaterThan(acknowledged.get());
                        acknowledged.set(Long.parseLong(reply.substring(1)));
                    } else {
                        assertThat(reply).matches("-(UNKNOWN|TRYAGAIN) .*");
                    }
                }
            }
        }
    }

    private final List<Counter> counters = new ArrayList<>();
    private final List<CompletableFuture<Void>> running = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private void startCounting(ClusterProcesses cluster) {
        for (int i = 0; i < CLIENTS; i++) {
            Counter counter = new Counter(cluster, i);
            counters.add(counter);
            running.add(CompletableFuture.runAsync(counter, threads));
        }
    }

    private long acknowledged() {
        return counters.stream()
                .mapToLong(counter -> counter.acknowledged.get())
                .sum();
    }

    private void awaitMore(long count) throws InterruptedException {
        long goal = acknowledged() + count;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (acknowledged() < goal) {
            assertThat(System.nanoTime() - deadline)
                    .as("%d more acknowledged", count)
                    .isNegative();
            running.forEach(each -> assertThat(each).isNotCompletedExceptionally());
            Thread.sleep(1);
        }
    }

    private void endCounting() throws Exception {
        counters.forEach(counter -> counter.isEnded = true);
        for (CompletableFuture<Void> each : running) {
            each.get(60, TimeUnit.SECONDS);
        }
        threads.shutdownNow();
    }

    /** Nothing acknowledged is lost, and nothing is done more often than it was sent; on every node. */
    private void assertCounts(ClusterProcesses cluster) throws Exception {
        cluster.assertEqualContents();
        for (int node = 0; node < NODES; node++) {
            try (Jedis jedis = cluster.connect(node)) {
                for (int i = 0; i < CLIENTS; i++) {
                    String value = jedis.get("n" + i);
                    assertThat(value == null ? 0 : Long.parseLong(value))
                            .as("client %d on node %d", i, node)
                            .isBetween(
                                    counters.get(i).acknowledged.get(),
                                    counters.get(i).sent.get());
                }
            }
        }
    }

    @Test
    void losesNothingAcknowledgedWhenLeadersAndFollowersDie() throws Exception {
        List<Long> gaps = new ArrayList<>();
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES)) {
            startCounting(cluster);
            awaitMore(200);
            for (int kill = 0; kill < KILLS; kill++) {
                int leader = cluster.awaitLeader();
                counters.forEach(counter -> counter.gapsMillis.clear());
                cluster.kill(leader);
                int next = cluster.awaitLeader();
                assertThat(next).isNotEqualTo(leader);
                awaitMore(200);
                gaps.add(counters.stream()
                        .flatMap(counter -> counter.gapsMillis.stream())
                        .mapToLong(Long::longValue)
                        .max()
                        .orElseThrow());
                cluster.startAll();
                awaitMore(200);
                int follower = (cluster.awaitLeader() + 1) % NODES;
                cluster.kill(follower);
                awaitMore(200);
                cluster.startAll();
            }
            endCounting();
            assertCounts(cluster);
        }
        Collections.sort(gaps);
        TestScale.report(
                "cluster",
                "%d leaders and %d followers killed under %d clients, %d counts acknowledged, 0 lost; no client got"
                        + " an answer for %d ms at the median, %d ms at most",
                KILLS,
                KILLS,
                CLIENTS,
                acknowledged(),
                gaps.get(gaps.size() / 2),
                gaps.get(gaps.size() - 1));
    }

    @Test
    void goesOnAfterAPauseAndAfterAllAreKilledAtOnce() throws Exception {
        assumeTrue(TestScale.ENABLED, LONG);
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES)) {
            startCounting(cluster);
            awaitMore(200);
            int leader = cluster.awaitLeader();
            cluster.signal(leader, "STOP");
            Thread.sleep(2_000);
            cluster.signal(leader, "CONT");
            awaitMore(200);
            endCounting();
            assertCounts(cluster);
            for (int i = 0; i < NODES; i++) {
                cluster.kill(i);
            }
            cluster.startAll();
            assertCounts(cluster);
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

    private static void lose(ClusterProcesses cluster, int node) throws InterruptedException {
        cluster.kill(node);
        ClusterProcesses.remove(cluster.log(node));
        ClusterProcesses.remove(cluster.clusterFiles(node));
    }

    @Test
    void aLostNodeJoinsFromALiveOneUnderLoadAndMayLead() throws Exception {
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES)) {
            startCounting(cluster);
            awaitMore(200);
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
            awaitMore(100);
            cluster.startAll();
            awaitMore(100);
            // Without the leader, the node that has joined is one of two: it votes, or leads.
            cluster.kill(leader);
            cluster.awaitLeader();
            awaitMore(100);
            cluster.startAll();
            endCounting();
            assertCounts(cluster);
        }
    }

    /**
     * The node that is asked was cut off, and lacks what the two others have acknowledged. A copy of it would lack that,
     * too: the two would be a majority.
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
        try (ClusterProcesses cluster = ClusterProcesses.start(directory, NODES)) {
            try (Jedis jedis = cluster.connect(0)) {
                String value = "v".repeat(100_000);
                for (int i = 0; i < 300; i++) {
                    jedis.set("k" + i, value);
                }
            }
            startCounting(cluster);
            awaitMore(100);
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
                awaitMore(50);
            }
            endCounting();
            assertCounts(cluster);
        }
        assertThat(cuts).isPositive();
        TestScale.report("join", "10 nodes joined under %d clients, %d joins cut before, 0 lost", CLIENTS, cuts);
    }

    /** One connection to one node after the other, and what it has seen. */
    private static final class Observer implements Runnable {
        private final ClusterProcesses cluster;
        private final int number;
        private final String prefix;
        private final SplittableRandom random;
        private final Map<String, List<Operation>> seen = new HashMap<>();
        private volatile boolean isEnded;
        private int stored;

        /** @param prefix of its keys: what a round leaves open may be done in the next one */
        Observer(ClusterProcesses cluster, int number, String prefix, SplittableRandom random) {
            this.cluster = cluster;
            this.number = number;
            this.prefix = prefix;
            this.random = random;
        }

        @Override
        public void run() {
            while (!isEnded) {
                try {
                    observe(random.nextInt(NODES));
                } catch (IOException e) {
                    // Another node.
                }
            }
        }

        private void observe(int node) throws IOException {
            try (Socket client = new Socket()) {
                client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), cluster.port(node)), 1_000);
                client.setSoTimeout(10_000);
                client.setTcpNoDelay(true);
                BufferedReader replies =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                for (int i = 0; i < 40 && !isEnded; i++) {
                    operate(client, replies);
                    LockSupport.parkNanos(random.nextInt(4_000_000));
                }
            }
        }

        private void operate(Socket client, BufferedReader replies) throws IOException {
            String key = prefix + random.nextInt(KEYS);
            int what = random.nextInt(5);
            Kind kind = what < 2 ? Kind.SET : what < 4 ? Kind.GET : Kind.DELETE;
            String value = kind == Kind.SET ? number + "-" + ++stored : null;
            String request =
                    kind == Kind.SET ? "SET " + key + " " + value : kind == Kind.GET ? "GET " + key : "DEL " + key;
            long invoked = System.nanoTime();
            String reply = null;
            String read = null;
            try {
                client.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.US_ASCII));
                reply = replies.readLine();
                if (reply != null && reply.startsWith("$") && !reply.equals("$-1")) {
                    read = replies.readLine();
                }
            } finally {
                add(key, kind, kind == Kind.GET ? read : value, reply, invoked);
            }
            if (reply == null) {
                throw new IOException("closed");
            }
        }

        /** What was not answered may be done as long as the test runs; what was refused is not done. */
        private void add(String key, Kind kind, String value, String reply, long invoked) {
            boolean isAnswered = reply != null && !reply.startsWith("-");
            if (reply != null && reply.startsWith("-")) {
                assertThat(reply).matches("-(UNKNOWN|TRYAGAIN) .*");
            }
            if (isAnswered || (kind != Kind.GET && (reply == null || reply.startsWith("-UNKNOWN")))) {
                seen.computeIfAbsent(key, any -> new ArrayList<>())
                        .add(new Operation(
                                kind,
                                value,
                                ":1".equals(reply),
                                isAnswered,
                                invoked,
                                isAnswered ? System.nanoTime() : Long.MAX_VALUE));
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
                List<Observer> observers = new ArrayList<>();
                List<CompletableFuture<Void>> ends = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    Observer observer = new Observer(cluster, i, "k" + round + "-", random.split());
                    observers.add(observer);
                    ends.add(CompletableFuture.runAsync(observer, threads));
                }
                Thread.sleep(500);
                int leader = cluster.awaitLeader();
                if (round % 2 == 0) {
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
                observers.forEach(observer -> observer.isEnded = true);
                for (CompletableFuture<Void> end : ends) {
                    end.get(60, TimeUnit.SECONDS);
                }
                Map<String, List<Operation>> byKey = new HashMap<>();
                observers.forEach(observer -> observer.seen.forEach((key, seen) ->
                        byKey.computeIfAbsent(key, any -> new ArrayList<>()).addAll(seen)));
                byKey.forEach((key, seen) -> assertThat(LinearizabilityChecker.isLinearizable(seen))
                        .as("%s, seed %d: %s", key, seed, seen)
                        .isTrue());
                operations += byKey.values().stream().mapToLong(List::size).sum();
            }
            cluster.assertEqualContents();
        } finally {
            threads.shutdownNow();
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

    @Test
    void aTryIsOneCommand() throws Exception {
        PoroProcess.Result session = PoroProcess.run(directory, "SET a 1\nINCR a\nGET a\n", "cluster", "--try");
        assertThat(session.errors).contains("Three nodes");
        assertThat(session.text()).isEqualTo("OK\n(integer) 2\n\"2\"\n");
        assertThat(session.exitStatus).isZero();
    }
}
