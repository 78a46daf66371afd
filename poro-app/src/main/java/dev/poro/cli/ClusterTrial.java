package dev.poro.cli;

import dev.poro.cluster.ClusterMember;
import dev.poro.engine.SyncPolicy;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code poro cluster --try}: three nodes on this machine, each a process, and a prompt on the first. */
final class ClusterTrial {
    private static final int NODES = 3;
    private static final int FIRST_PORT = 21_000;
    private static final int LAST_PORT = 31_000;
    private static final long START_S = 60;
    private static final long END_S = 20;
    private static final long POLL_MS = 20;
    private static final String HOST = "127.0.0.1";
    private static final String OPEN_MODULE = "java.base/jdk.internal.misc=ALL-UNNAMED";

    private final Path directory;
    private final SyncPolicy sync;
    private final List<Process> nodes = new ArrayList<>();
    private final List<Integer> clusterPorts = new ArrayList<>();
    private final List<Integer> clientPorts = new ArrayList<>();

    private ClusterTrial(Path directory, SyncPolicy sync) {
        this.directory = directory;
        this.sync = sync;
    }

    /** @param kept where the nodes' files are and stay; {@code null} for a temporary directory */
    static int run(Path kept, SyncPolicy sync) throws IOException {
        Path directory = kept == null ? Files.createTempDirectory("poro-try-") : Files.createDirectories(kept);
        ClusterTrial trial = new ClusterTrial(directory, sync);
        Thread hook = new Thread(trial::end, "poro-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            trial.start();
            return trial.prompt();
        } finally {
            trial.end();
            if (kept == null) {
                delete(directory);
            }
        }
    }

    private void start() throws IOException {
        int port = FIRST_PORT;
        for (int i = 0; i < NODES; i++) {
            port = freePorts(port);
            clusterPorts.add(port);
            clientPorts.add(port); // of TCP
            port += ClusterMember.PORTS;
        }
        for (int i = 0; i < NODES; i++) {
            nodes.add(start(i));
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_S);
        for (int i = 0; i < NODES; i++) {
            awaitListening(i, deadline);
        }
    }

    /** The first of as many ports as a node uses, of which none is used. */
    private static int freePorts(int from) throws IOException {
        for (int port = from; port < LAST_PORT; port += ClusterMember.PORTS) {
            if (areFree(port)) {
                return port;
            }
        }
        throw new IOException("no ports are free between " + FIRST_PORT + " and " + LAST_PORT);
    }

    private static boolean areFree(int first) {
        try {
            InetAddress host = InetAddress.getLoopbackAddress();
            new ServerSocket(first, 1, host).close();
            for (int i = 0; i < ClusterMember.PORTS; i++) {
                new DatagramSocket(new InetSocketAddress(host, first + i)).close();
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private Process start(int number) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!option.contains(OPEN_MODULE)) {
                command.add(option);
            }
        }
        command.addAll(List.of("--add-opens", OPEN_MODULE, "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Main.class.getName(), "cluster", "--until-eof"));
        if (!Files.exists(directory.resolve("node" + number + ".wal.cluster"))) {
            command.add("--begin");
        }
        command.addAll(List.of("--node", Integer.toString(number), "--members", members()));
        command.addAll(
                List.of("--wal", directory.resolve("node" + number + ".wal").toString()));
        command.addAll(List.of("--port", Integer.toString(clientPorts.get(number)), "--bind", HOST));
        command.addAll(List.of("--sync", sync.name().toLowerCase(Locale.ROOT)));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log(number))
                .start();
    }

    private String members() {
        return IntStream.range(0, NODES)
                .mapToObj(i -> i + "=" + HOST + ":" + clusterPorts.get(i))
                .collect(Collectors.joining(","));
    }

    private File log(int number) {
        return directory.resolve("node" + number + ".log").toFile();
    }

    private void awaitListening(int number, long deadline) throws IOException {
        while (true) {
            String text = Files.readString(log(number).toPath(), StandardCharsets.UTF_8);
            if (text.contains("Listening on ")) {
                return;
            }
            if (!nodes.get(number).isAlive() || System.nanoTime() - deadline > 0) {
                throw new IOException("node " + number + " has not started. It has said:\n" + text.strip());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    private int prompt() throws IOException {
        String all = clientPorts.stream().map(port -> HOST + ":" + port).collect(Collectors.joining(", "));
        System.err.println("Three nodes, for clients of Redis on " + all);
        System.err.println("Their files are in " + directory + "; processes "
                + nodes.stream().map(node -> Long.toString(node.pid())).collect(Collectors.joining(", ")));
        try (ServerConnection server = ServerConnection.open(Endpoint.parse(HOST + ":" + clientPorts.get(0)), null)) {
            server.greet(null, null);
            return ShellCommand.run(ConnectCommand.target(server));
        }
    }

    /** Idempotent. */
    private synchronized void end() {
        nodes.forEach(Process::destroy);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_S);
        boolean isInterrupted = false;
        for (Process node : nodes) {
            try {
                if (isInterrupted || !node.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    node.destroyForcibly();
                }
            } catch (InterruptedException e) {
                isInterrupted = true;
                node.destroyForcibly();
            }
        }
        nodes.clear();
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException problem) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
