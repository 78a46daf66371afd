package dev.poro.perf.cluster;

import dev.poro.perf.Directories;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Nodes on loopback: those of a cluster, or one store of its own. */
final class Nodes implements AutoCloseable {
    private static final String HOST = "127.0.0.1";

    /** Of UDP, for each node. */
    private static final int PORTS = 10;

    private static final int FIRST_PORT = 33_000;
    private static final int LAST_PORT = 43_000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Path project;
    private final Path directory;
    private final List<String> options;
    private final int[] ports;
    private final NodeProcess[] nodes;

    private Nodes(Path project, Path directory, int count, List<String> options) {
        this.project = project;
        this.directory = directory;
        this.options = options;
        this.ports = new int[count];
        this.nodes = new NodeProcess[count];
        int port = FIRST_PORT;
        for (int i = 0; i < count; i++) {
            while (!areFree(port)) {
                port = port + PORTS < LAST_PORT ? port + PORTS : FIRST_PORT;
            }
            ports[i] = port;
            port += PORTS;
        }
    }

    /**
     * Starts nodes and waits until they serve: three or more are a cluster, one is a store of its own.
     *
     * @param project the root of Poro's sources
     * @param directory for their files
     * @param options of each of them
     */
    static Nodes start(Path project, Path directory, int count, String... options) throws IOException {
        Nodes all = new Nodes(project, Files.createDirectories(directory), count, List.of(options));
        try {
            for (int i = 0; i < count; i++) {
                all.begin(i);
            }
            for (int i = 0; i < count; i++) {
                all.awaitServing(i);
            }
            return all;
        } catch (IOException e) {
            all.close();
            throw e;
        }
    }

    private static boolean areFree(int first) {
        try {
            InetAddress host = InetAddress.getLoopbackAddress();
            new ServerSocket(first, 1, host).close();
            for (int i = 0; i < PORTS; i++) {
                new DatagramSocket(new InetSocketAddress(host, first + i)).close();
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    int count() {
        return nodes.length;
    }

    /** Starts a node that does not run. */
    void begin(int number) throws IOException {
        List<String> arguments = new ArrayList<>();
        boolean isCluster = nodes.length > 1;
        arguments.add(isCluster ? "cluster" : "serve");
        arguments.addAll(List.of("--wal", log(number).toString(), "--debug-commands", "--bind", HOST));
        arguments.addAll(List.of("--port", Integer.toString(ports[number])));
        if (isCluster) {
            arguments.addAll(List.of("--node", Integer.toString(number), "--members", members()));
            if (!Files.exists(files(number))) {
                arguments.add("--begin");
            }
        }
        arguments.addAll(options);
        nodes[number] = NodeProcess.start(project, errors(number), arguments);
    }

    void awaitServing(int number) throws IOException {
        nodes[number].awaitServing();
    }

    private String members() {
        return IntStream.range(0, nodes.length)
                .mapToObj(i -> i + "=" + HOST + ":" + ports[i])
                .collect(Collectors.joining(","));
    }

    private Path log(int number) {
        return directory.resolve("node" + number + ".wal");
    }

    private Path files(int number) {
        return directory.resolve("node" + number + ".wal.cluster");
    }

    private Path errors(int number) {
        return directory.resolve("errors" + number + ".txt");
    }

    /** SIGKILL. */
    void kill(int number) throws InterruptedException {
        nodes[number].kill();
        nodes[number] = null;
    }

    /** SIGTERM, and waits for the end. */
    void stop(int number) {
        nodes[number].close();
        nodes[number] = null;
    }

    /** Gives a node that does not run the files of another one that does not. */
    void copy(int from, int to) throws IOException {
        lose(to);
        Directories.copy(log(from), log(to));
        Directories.copy(files(from), files(to));
    }

    /** Gives a node that does not run the files of another one that does, over the network. */
    void join(int from, int to) throws IOException, InterruptedException {
        lose(to);
        String source = HOST + ":" + ports[from];
        List<String> arguments = List.of("cluster", "join", "--wal", log(to).toString(), "--from", source);
        try (NodeProcess join = NodeProcess.start(project, errors(to), arguments)) {
            join.awaitEnd();
        }
    }

    private void lose(int number) throws IOException {
        Directories.delete(log(number));
        Directories.delete(files(number));
    }

    InetSocketAddress address(int number) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports[number]);
    }

    /** Of all that run. */
    List<InetSocketAddress> addresses() {
        return IntStream.range(0, nodes.length)
                .filter(i -> nodes[i] != null)
                .mapToObj(this::address)
                .toList();
    }

    /** Processor time of all nodes so far, in seconds. */
    double processorSeconds() throws IOException {
        double seconds = 0;
        for (NodeProcess node : nodes) {
            seconds += node.processorSeconds();
        }
        return seconds;
    }

    /** Waits until a node that runs leads, and returns its number. One node leads itself. */
    int awaitLeader() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (System.nanoTime() - deadline < 0) {
            for (int i = 0; i < nodes.length; i++) {
                Map<String, String> info = nodes[i] == null ? Map.of() : info(i);
                if ("master".equals(info.get("role"))
                        && (nodes.length == 1 || "1".equals(info.get("poro_cluster_connected")))) {
                    return i;
                }
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        throw new IOException("no node leads");
    }

    /** A node that does not lead. */
    int awaitFollower() throws IOException, InterruptedException {
        return (awaitLeader() + 1) % nodes.length;
    }

    private Map<String, String> info(int number) throws IOException {
        Map<String, String> info = new HashMap<>();
        try (Client client = new Client(address(number))) {
            for (String line : client.ask("INFO", "replication").lines().toList()) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    info.put(line.substring(0, colon), line.substring(colon + 1));
                }
            }
        }
        return info;
    }

    /**
     * Waits until all nodes are at the same position, and returns how many keys they have.
     *
     * @throws IOException if they do not come to the same contents
     */
    long requireEqual() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        List<String> states = states();
        while (states.stream().distinct().count() > 1) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("position and digest of all nodes: " + states);
            }
            TimeUnit.MILLISECONDS.sleep(20);
            states = states();
        }
        try (Client client = new Client(address(0))) {
            return Long.parseLong(client.ask("DBSIZE").substring(1));
        }
    }

    private List<String> states() throws IOException {
        List<String> states = new ArrayList<>();
        for (int i = 0; i < nodes.length; i++) {
            try (Client client = new Client(address(i))) {
                states.add(info(i).get("master_repl_offset") + " " + client.ask("DEBUG", "DIGEST"));
            }
        }
        return states;
    }

    /** Ends the nodes. Their files stay. */
    @Override
    public void close() {
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] != null) {
                nodes[i].close();
                nodes[i] = null;
            }
            removeBuffers(i);
        }
    }

    /** What a killed node has left in shared memory, as the next one would remove it. */
    private void removeBuffers(int number) {
        byte[] name = files(number).toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8);
        try {
            Directories.delete(Path.of("/dev/shm", "poro-" + UUID.nameUUIDFromBytes(name)));
        } catch (IOException e) {
            System.err.println("cluster-figures: " + e.getMessage());
        }
    }
}
