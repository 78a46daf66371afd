package dev.poro.process.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import redis.clients.jedis.Jedis;

/**
 * Clients of a cluster, each of which counts a key of its own up, on one node as long as that answers, and then on the
 * next one. They know what was acknowledged.
 */
public final class CountingClients implements AutoCloseable {
    private static final long PATIENCE_S = 60;
    private static final int TIMEOUT_MS = 3_000;

    private final ClusterProcesses cluster;
    private final List<Counter> counters = new ArrayList<>();
    private final List<CompletableFuture<Void>> running = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private CountingClients(ClusterProcesses cluster) {
        this.cluster = cluster;
    }

    /** Starts them, the first on node 0. */
    public static CountingClients start(ClusterProcesses cluster, int count) {
        CountingClients clients = new CountingClients(cluster);
        for (int i = 0; i < count; i++) {
            Counter counter = clients.new Counter(i);
            clients.counters.add(counter);
            clients.running.add(CompletableFuture.runAsync(counter, clients.threads));
        }
        return clients;
    }

    /** One client. */
    private final class Counter implements Runnable {
        private final int number;
        private final AtomicLong acknowledged = new AtomicLong();
        private final AtomicLong sent = new AtomicLong();
        private final AtomicLong refused = new AtomicLong();
        private final AtomicLong answeredAt = new AtomicLong(System.nanoTime());
        private final AtomicLong longestGap = new AtomicLong();
        private volatile boolean isEnded;

        Counter(int number) {
            this.number = number;
        }

        @Override
        public void run() {
            int node = number % cluster.count();
            while (!isEnded) {
                try {
                    count(node);
                } catch (IOException e) {
                    node = (node + 1) % cluster.count();
                }
            }
        }

        private void count(int node) throws IOException {
            byte[] request = ("INCR " + key(number) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            try (Socket client = cluster.connectSocket(node, TIMEOUT_MS)) {
                BufferedReader replies =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                while (!isEnded) {
                    sent.incrementAndGet();
                    client.getOutputStream().write(request);
                    String reply = replies.readLine();
                    if (reply == null) {
                        throw new IOException("closed");
                    }
                    take(reply, node);
                }
            }
        }

        private void take(String reply, int node) throws IOException {
            if (reply.startsWith("-MISCONF ")) {
                throw new IOException("its disk has failed, and it ends");
            }
            if (!reply.startsWith(":")) {
                assertThat(reply).matches("-(UNKNOWN|TRYAGAIN) .*");
                refused.incrementAndGet();
                return;
            }
            long now = System.nanoTime();
            longestGap.accumulateAndGet(now - answeredAt.getAndSet(now), Math::max);
            // Only ever up: nobody else counts it.
            long value = Long.parseLong(reply.substring(1));
            assertThat(value).as("what node %d says to client %d", node, number).isGreaterThan(acknowledged.get());
            acknowledged.set(value);
        }
    }

    private static String key(int number) {
        return "n" + number;
    }

    /** The sum of what was acknowledged. */
    public long acknowledged() {
        return counters.stream()
                .mapToLong(counter -> counter.acknowledged.get())
                .sum();
    }

    /** How many requests were answered by an error that says to try again. */
    public long refused() {
        return counters.stream().mapToLong(counter -> counter.refused.get()).sum();
    }

    /** Waits until so many more are acknowledged. */
    public void awaitMore(long count) throws InterruptedException {
        long goal = acknowledged() + count;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (acknowledged() < goal) {
            assertThat(System.nanoTime() - deadline)
                    .as("%d more acknowledged", count)
                    .isNegative();
            running.forEach(each -> assertThat(each).isNotCompletedExceptionally());
            Thread.sleep(1);
        }
    }

    /** {@link #awaitMore}, {@link #end} and {@link #assertCounts}. */
    public void endAfter(long count) throws Exception {
        awaitMore(count);
        end();
        assertCounts();
    }

    /** {@link #longestGapMillis} begins again. */
    public void forgetGaps() {
        counters.forEach(counter -> counter.longestGap.set(0));
    }

    /** The longest time for which a client had no answer; of those that have one since. */
    public long longestGapMillis() {
        return TimeUnit.NANOSECONDS.toMillis(counters.stream()
                .mapToLong(counter -> counter.longestGap.get())
                .max()
                .orElseThrow());
    }

    /** No client sends any more when this returns. */
    public void end() throws Exception {
        counters.forEach(counter -> counter.isEnded = true);
        for (CompletableFuture<Void> each : running) {
            each.get(PATIENCE_S, TimeUnit.SECONDS);
        }
        threads.shutdownNow();
    }

    /** Nothing acknowledged is lost, and nothing is done more often than it was sent; on every node that runs. */
    public void assertCounts() throws InterruptedException {
        cluster.assertEqualContents();
        for (int node = 0; node < cluster.count(); node++) {
            if (cluster.node(node) == null) {
                continue;
            }
            try (Jedis jedis = cluster.connect(node)) {
                for (Counter counter : counters) {
                    String value = jedis.get(key(counter.number));
                    assertThat(value == null ? 0 : Long.parseLong(value))
                            .as("client %d on node %d", counter.number, node)
                            .isBetween(counter.acknowledged.get(), counter.sent.get());
                }
            }
        }
    }

    @Override
    public void close() {
        counters.forEach(counter -> counter.isEnded = true);
        threads.shutdownNow();
    }
}
