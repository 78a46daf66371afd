package dev.poro.process.harness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.process.harness.LinearizabilityChecker.Kind;
import dev.poro.process.harness.LinearizabilityChecker.Operation;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Clients of a cluster that set, read and delete the same few keys on all nodes, and remember what they saw. */
public final class ObservingClients implements AutoCloseable {
    private static final int KEYS = 3;
    private static final int TIMEOUT_MS = 10_000;
    private static final int OPERATIONS_OF_A_CONNECTION = 40;
    private static final int LONGEST_PAUSE_NANOS = 4_000_000;
    private static final long PATIENCE_S = 60;

    private final ClusterProcesses cluster;
    private final String prefix;
    private final List<Observer> observers = new ArrayList<>();
    private final List<CompletableFuture<Void>> running = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile boolean isEnded;

    private ObservingClients(ClusterProcesses cluster, String prefix) {
        this.cluster = cluster;
        this.prefix = prefix;
    }

    /**
     * Starts them.
     *
     * @param prefix of their keys, of no others: what a round leaves open may be done in the next one
     */
    public static ObservingClients start(ClusterProcesses cluster, int count, String prefix, SplittableRandom random) {
        ObservingClients clients = new ObservingClients(cluster, prefix);
        for (int i = 0; i < count; i++) {
            Observer observer = clients.new Observer(i, random.split());
            clients.observers.add(observer);
            clients.running.add(CompletableFuture.runAsync(observer, clients.threads));
        }
        return clients;
    }

    /** One connection to one node after the other. */
    private final class Observer implements Runnable {
        private final int number;
        private final SplittableRandom random;
        private final Map<String, List<Operation>> seen = new HashMap<>();
        private int stored;

        Observer(int number, SplittableRandom random) {
            this.number = number;
            this.random = random;
        }

        @Override
        public void run() {
            while (!isEnded) {
                try {
                    observe(random.nextInt(cluster.count()));
                } catch (IOException e) {
                    // Another node.
                }
            }
        }

        private void observe(int node) throws IOException {
            try (Socket client = cluster.connectSocket(node, TIMEOUT_MS)) {
                BufferedReader replies =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                for (int i = 0; i < OPERATIONS_OF_A_CONNECTION && !isEnded; i++) {
                    operate(client, replies);
                    LockSupport.parkNanos(random.nextInt(LONGEST_PAUSE_NANOS));
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
            Reply reply = null;
            try {
                client.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.US_ASCII));
                reply = Reply.read(replies);
            } finally {
                add(key, kind, value, reply, invoked);
            }
        }

        /** What was not answered may be done as long as the test runs; what was refused is not done. */
        private void add(String key, Kind kind, String value, Reply reply, long invoked) {
            boolean isAnswered = reply != null && !reply.isError();
            if (reply != null && reply.isError()) {
                assertThat(reply.line).matches("-(UNKNOWN|TRYAGAIN) .*");
            }
            if (isAnswered || (kind != Kind.GET && (reply == null || reply.line.startsWith("-UNKNOWN")))) {
                seen.computeIfAbsent(key, any -> new ArrayList<>())
                        .add(new Operation(
                                kind,
                                kind == Kind.GET ? reply.value : value,
                                isAnswered && reply.line.equals(":1"),
                                isAnswered,
                                invoked,
                                isAnswered ? System.nanoTime() : Long.MAX_VALUE));
            }
        }
    }

    /** All of a reply: one that is cut off was none. */
    private record Reply(String line, String value) {
        static Reply read(BufferedReader replies) throws IOException {
            String line = readLine(replies);
            boolean hasValue = line.startsWith("$") && !line.equals("$-1");
            return new Reply(line, hasValue ? readLine(replies) : null);
        }

        private static String readLine(BufferedReader replies) throws IOException {
            String line = replies.readLine();
            if (line == null) {
                throw new IOException("closed");
            }
            return line;
        }

        boolean isError() {
            return line.startsWith("-");
        }
    }

    /**
     * Ends them, and checks that all of them could have used one copy of the keys; returns how many operations were
     * answered or may have been done.
     *
     * @param context said if that cannot be
     */
    public long endAndCheck(String context) throws Exception {
        isEnded = true;
        for (CompletableFuture<Void> each : running) {
            each.get(PATIENCE_S, TimeUnit.SECONDS);
        }
        threads.shutdownNow();
        Map<String, List<Operation>> byKey = new HashMap<>();
        observers.forEach(observer -> observer.seen.forEach((key, seen) ->
                byKey.computeIfAbsent(key, any -> new ArrayList<>()).addAll(seen)));
        byKey.forEach((key, seen) -> assertThat(LinearizabilityChecker.isLinearizable(seen))
                .as("%s, %s: %s", key, context, seen)
                .isTrue());
        return byKey.values().stream().mapToLong(List::size).sum();
    }

    @Override
    public void close() {
        isEnded = true;
        threads.shutdownNow();
    }
}
