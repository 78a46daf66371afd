package dev.poro.process.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The nodes of a cluster, each a process of the real program: on loopback, or on the machines of a
 * {@link ClusterNetwork}.
 */
public final class ClusterProcesses implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final int PORTS = 10;
    private static final int FIRST_PORT = 22_000;
    private static final int LAST_PORT = 32_000;
    private static final int TIMEOUT_MS = 15_000;
    private static final int CONNECT_TIMEOUT_MS = 1_000;
    private static final long PATIENCE_S = 60;
    private static final int NOBODY = -1;

    private final int[] ports;
    private final PoroProcess[] nodes;
    private final Path[] logs;
    private final Path[] clusterFiles;
    private final Path[] jars;
    private final List<ServerSocket> reservations = new ArrayList<>();
    private final List<List<String>> jvmOptions = new ArrayList<>();
    private final Path directory;
    private List<String> options = List.of();
    private ClusterNetwork network;

    private ClusterProcesses(Path directory, int count) throws IOException {
        this.directory = directory;
        this.ports = new int[count];
        this.nodes = new PoroProcess[count];
        this.logs = new Path[count];
        this.clusterFiles = new Path[count];
        this.jars = new Path[count];
        // Test classes run at the same time: each process of the build begins elsewhere.
        int port = FIRST_PORT + (int) (ProcessHandle.current().pid() % 400) * PORTS;
        for (int i = 0; i < count; i++) {
            ServerSocket reservation = tryReserve(port);
            while (reservation == null) {
                port = port + PORTS < LAST_PORT ? port + PORTS : FIRST_PORT;
                reservation = tryReserve(port);
            }
            reservations.add(reservation);
            ports[i] = port;
            port += PORTS;
            logs[i] = directory.resolve("node" + i + ".wal");
            clusterFiles[i] = directory.resolve("node" + i + ".wal.cluster");
            jars[i] = PoroProcess.jar();
            jvmOptions.add(List.of());
        }
    }

    /** Nodes whose files are in a directory; none of them runs. */
    public static ClusterProcesses of(Path directory, int count) throws IOException {
        return new ClusterProcesses(directory, count);
    }

    /** Starts nodes whose files are in a directory, and waits until they serve. */
    public static ClusterProcesses start(Path directory, int count, String... options) throws IOException {
        return of(directory, count).options(options).start();
    }

    /** Options of all nodes that are started from now on. */
    public ClusterProcesses options(String... ofAll) {
        options = List.of(ofAll);
        return this;
    }

    /** Options of the JVM of a node. */
    public ClusterProcesses jvmOptions(int number, String... ofNode) {
        jvmOptions.set(number, List.of(ofNode));
        return this;
    }

    /** A node runs another build of the program when it is started the next time. */
    public ClusterProcesses jar(int number, Path ofNode) {
        jars[number] = ofNode;
        return this;
    }

    /** Each node is on a machine of its own. The network is closed after the nodes. */
    public ClusterProcesses on(ClusterNetwork ofMachines) {
        network = ofMachines;
        return this;
    }

    /** A node's store is in this directory. */
    public ClusterProcesses log(int number, Path log) {
        logs[number] = log;
        return this;
    }

    /** A node's cluster files are in this directory. */
    public ClusterProcesses clusterFiles(int number, Path files) {
        clusterFiles[number] = files;
        return this;
    }

    /** {@link #startAll}, and closes all if that fails. */
    public ClusterProcesses start() throws IOException {
        try {
            startAll();
            return this;
        } catch (IOException | RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    /**
     * Takes ports that are free, also while no node uses them: clients go on asking at the port of a node that is down,
     * and must not find one of another cluster there.
     *
     * @return {@code null} if they are not free
     */
    private static ServerSocket tryReserve(int first) throws IOException {
        InetAddress host = InetAddress.getLoopbackAddress();
        ServerSocket reservation;
        try {
            reservation = new ServerSocket(first + PORTS - 1, 1, host); // nodes use this one for UDP alone
        } catch (IOException e) {
            return null;
        }
        try {
            new ServerSocket(first, 1, host).close();
            for (int i = 0; i < PORTS; i++) {
                new DatagramSocket(new InetSocketAddress(host, first + i)).close();
            }
            return reservation;
        } catch (IOException e) {
            reservation.close();
            return null;
        }
    }

    /** Starts all that do not run, and waits until they serve. */
    public void startAll() throws IOException {
        List<Integer> started = new ArrayList<>();
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] == null) {
                begin(i);
                started.add(i);
            }
        }
        for (int i : started) {
            awaitServing(i);
        }
    }

    /** Starts a node that does not run; if it has no files, it begins a cluster. */
    public void begin(int number, String... more) throws IOException {
        begin(number, !Files.exists(clusterFiles(number)), more);
    }

    /** Starts a node that has lost its files. */
    public void beginWithoutFiles(int number) throws IOException {
        begin(number, false);
    }

    /** Starts to copy a node that runs, for one that has no files. */
    public PoroProcess join(int number, int from) throws IOException {
        return PoroProcess.start(
                directory,
                "cluster",
                "join",
                "--wal",
                log(number).toString(),
                "--from",
                host(from) + ":" + ports[from]);
    }

    /** Whether a node has the files to start. */
    public boolean hasJoined(int number) {
        return Files.exists(clusterFiles(number));
    }

    /** A node has ended by itself. */
    public void forget(int number) {
        nodes[number] = null;
    }

    /** Waits until a node has ended by itself, and returns how. */
    public PoroProcess.Result awaitEnd(int number) throws Exception {
        PoroProcess.Result end = nodes[number].finish(new byte[0]);
        forget(number);
        return end;
    }

    /** Waits until a node has ended because it must not go on; returns what it has said. */
    public String awaitFailure(int number) throws Exception {
        PoroProcess.Result end = awaitEnd(number);
        assertThat(end.exitStatus).as(end.errors).isEqualTo(PoroProcess.STORE_FAILED);
        assertThat(end.errors).contains("this node ends");
        return end.errors;
    }

    private void begin(int number, boolean begins, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("cluster", "--node", Integer.toString(number)));
        arguments.addAll(List.of("--members", members(), "--wal", log(number).toString()));
        arguments.addAll(List.of("--cluster-dir", clusterFiles(number).toString()));
        arguments.addAll(List.of("--port", Integer.toString(ports[number]), "--bind", host(number)));
        arguments.addAll(List.of("--memory", "64m", "--debug-commands", "--unprotected"));
        if (begins) {
            arguments.add("--begin");
        }
        arguments.addAll(options);
        arguments.addAll(Arrays.asList(more));
        List<String> command = new ArrayList<>(network == null ? List.of() : network.enter(number));
        command.addAll(PoroProcess.command(jars[number], jvmOptions.get(number), arguments));
        nodes[number] = PoroProcess.start(new ProcessBuilder(command).directory(directory.toFile()));
    }

    private String members() {
        return IntStream.range(0, nodes.length)
                .mapToObj(i -> i + "=" + host(i) + ":" + ports[i])
                .collect(Collectors.joining(","));
    }

    /** Waits until a node serves. */
    public void awaitServing(int number) throws IOException {
        String line = nodes[number].reply();
        if (!line.startsWith("Listening on ")) {
            try {
                throw new AssertionError(
                        "node " + number + " has not started: " + line + nodes[number].finish(new byte[0]).errors);
            } catch (Exception e) {
                throw new IOException("node " + number + " has not started", e);
            }
        }
    }

    public PoroProcess node(int number) {
        return nodes[number];
    }

    /** The directory of a node's store. */
    public Path log(int number) {
        return logs[number];
    }

    /** The directory of a node's cluster files. */
    public Path clusterFiles(int number) {
        return clusterFiles[number];
    }

    public int port(int number) {
        return ports[number];
    }

    /** Where a node is reached. */
    public String host(int number) {
        return network == null ? LOOPBACK : network.host(number);
    }

    /** A connection to a node that says when it waits for too long. */
    Socket connectSocket(int number, int timeoutMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(host(number), ports[number]), CONNECT_TIMEOUT_MS);
            socket.setSoTimeout(timeoutMillis);
            socket.setTcpNoDelay(true);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    public int count() {
        return nodes.length;
    }

    /** Another node. */
    public int otherThan(int number) {
        return (number + 1) % nodes.length;
    }

    /** SIGKILL. */
    public void kill(int number) throws InterruptedException {
        nodes[number].kill();
        nodes[number] = null;
    }

    /** SIGTERM, and waits for the end. */
    public void terminate(int number) throws InterruptedException {
        nodes[number].terminate();
        nodes[number].exitStatus();
        nodes[number] = null;
    }

    /** SIGSTOP, or SIGCONT. */
    public void signal(int number, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(nodes[number].pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** A connection to a node. */
    public Jedis connect(int number) {
        return new Jedis(
                new HostAndPort(host(number), ports[number]),
                DefaultJedisClientConfig.builder()
                        .timeoutMillis(TIMEOUT_MS)
                        .autoNegotiateProtocol(false)
                        .build());
    }

    /** What a node says of the cluster: INFO replication. */
    public Map<String, String> info(int number) {
        try (Jedis jedis = connect(number)) {
            Map<String, String> info = new HashMap<>();
            for (String line : jedis.info("replication").lines().toList()) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    info.put(line.substring(0, colon), line.substring(colon + 1));
                }
            }
            return info;
        }
    }

    /** Waits until a node that runs leads, and returns its number. */
    public int awaitLeader() throws InterruptedException {
        return awaitLeaderOtherThan(NOBODY);
    }

    /** {@link #awaitLeader} where one may still believe that it leads. */
    public int awaitLeaderOtherThan(int number) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (true) {
            for (int i = 0; i < nodes.length; i++) {
                if (i != number && nodes[i] != null && isLeader(i)) {
                    return i;
                }
            }
            assertThat(System.nanoTime() - deadline)
                    .as("a leader within %d s", PATIENCE_S)
                    .isNegative();
            Thread.sleep(5);
        }
    }

    private boolean isLeader(int number) {
        try {
            Map<String, String> info = info(number);
            return info.get("role").equals("master")
                    && info.get("poro_cluster_connected").equals("1");
        } catch (JedisException e) {
            return false;
        }
    }

    /** Waits until all nodes that run are at the same position, and checks that they have the same contents. */
    public void assertEqualContents() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        List<String> states = states();
        while (states.stream().distinct().count() > 1) {
            assertThat(System.nanoTime() - deadline)
                    .as("position, sequence and digest of all nodes: %s", states)
                    .isNegative();
            Thread.sleep(20);
            states = states();
        }
    }

    private List<String> states() {
        List<String> states = new ArrayList<>();
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] != null) {
                try (Jedis jedis = connect(i)) {
                    String digest = new String(
                            (byte[]) jedis.sendCommand(() -> "DEBUG".getBytes(StandardCharsets.US_ASCII), "DIGEST"),
                            StandardCharsets.US_ASCII);
                    states.add(info(i).get("master_repl_offset") + " " + digest);
                }
            }
        }
        return states;
    }

    /** Copies a directory with all that is in it. */
    public static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    /** Puts a copy of a directory in the place of another one. */
    public static void replace(Path directory, Path by) throws IOException {
        remove(directory);
        copy(by, directory);
    }

    /** A node that does not run loses its store and its cluster files. */
    public void removeFiles(int number) {
        remove(log(number));
        remove(clusterFiles(number));
    }

    /** Removes a directory with all that is in it. */
    public static void remove(Path path) {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] != null) {
                nodes[i].close();
                nodes[i] = null;
            }
            removeBuffers(i);
        }
        for (ServerSocket reservation : reservations) {
            try {
                reservation.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What a killed node has left in shared memory, as the next one would remove it. */
    private void removeBuffers(int number) {
        byte[] name =
                clusterFiles[number].toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8);
        Path buffers = Path.of("/dev/shm", "poro-" + UUID.nameUUIDFromBytes(name));
        if (Files.isDirectory(buffers)) {
            remove(buffers);
        }
    }
}
