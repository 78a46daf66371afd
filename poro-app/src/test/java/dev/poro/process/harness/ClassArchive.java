package dev.poro.process.harness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The program's classes as the JVM maps them instead of reading them from the jar, as in the launcher: a start then
 * costs little more than half. There are two, as each start pays for all that is in its archive. The first test that
 * starts such a program makes the archive, beside the jar; those of other test classes that run at the same time wait.
 */
final class ClassArchive {
    private static final Path SCRIPT = Path.of("/usr/bin/script");
    private static final String HOST = "127.0.0.1";
    private static final String SESSION = "SET key value\nGET key\nQUIT\n";

    /** Where it is; {@code null} where it cannot be made. */
    final Path file;

    /** The JVM's option to use it; none where it cannot be made. */
    final List<String> option;

    /** Of the prompt and the tools. */
    private static final class Tools {
        static final ClassArchive ARCHIVE = new ClassArchive("tools", ClassArchive::classesOfTools);
    }

    /** Of a server, and of a node of a cluster. */
    private static final class Servers {
        static final ClassArchive ARCHIVE = new ClassArchive("servers", ClassArchive::classesOfServers);
    }

    /** Finds the classes that such programs load, each in a line as the JVM lists them. */
    private interface ClassLister {
        Set<String> list(Path scratch) throws Exception;
    }

    private ClassArchive(String programs, ClassLister lister) {
        file = find("poro-tests-" + programs, lister);
        option = file == null ? List.of() : List.of("-XX:SharedArchiveFile=" + file);
    }

    static ClassArchive ofTools() {
        return Tools.ARCHIVE;
    }

    /** That of the program when it is started with these arguments. */
    static ClassArchive of(List<String> arguments) {
        return arguments.contains("serve") || arguments.contains("cluster") ? Servers.ARCHIVE : Tools.ARCHIVE;
    }

    private static Path find(String name, ClassLister lister) {
        Path jar = PoroProcess.jar();
        Path archive = jar.resolveSibling(name + "-" + System.getProperty("java.version") + ".jsa");
        Path lock = jar.resolveSibling(name + ".lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock(); // until the file is closed
            if (!Files.exists(archive)
                    || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) <= 0) {
                make(archive, jar, lister);
            }
            return archive;
        } catch (Exception e) {
            System.err.println("without an archive of classes: " + e);
            return null;
        }
    }

    private static Set<String> classesOfTools(Path scratch) throws Exception {
        String wal = scratch.resolve("wal").toString();
        Set<String> classes = new LinkedHashSet<>();
        addClassesOf(classes, scratch, false, SESSION, "--wal", wal);
        addClassesOf(classes, scratch, false, "", "verify", wal);
        addClassesOf(classes, scratch, false, "", "backup", wal, wal + "-backup");
        if (Files.isExecutable(SCRIPT)) {
            addClassesOf(classes, scratch, true, SESSION, "--wal", wal);
        }
        return classes;
    }

    private static Set<String> classesOfServers(Path scratch) throws Exception {
        Set<String> classes = new LinkedHashSet<>();
        String wal = scratch.resolve("wal").toString();
        addClassesOfServer(classes, scratch, "serve", "--wal", wal);
        addClassesOfServer(
                classes,
                scratch,
                "cluster",
                "--begin",
                "--node",
                "0",
                "--members",
                "0=" + HOST + ":" + freePorts(),
                "--wal",
                scratch.resolve("node").toString());
        return classes;
    }

    private static void make(Path archive, Path jar, ClassLister lister) throws Exception {
        Path scratch = Files.createTempDirectory(archive.getParent(), "archive");
        try {
            Path list = scratch.resolve("classes");
            Path made = scratch.resolve("archive");
            Files.write(list, lister.list(scratch));
            run(
                    false,
                    "",
                    "-Xshare:dump",
                    "-XX:SharedClassListFile=" + list,
                    "-XX:SharedArchiveFile=" + made,
                    "-cp",
                    jar.toString());
            Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(scratch);
        }
    }

    /**
     * Adds the classes that the program loads on these arguments. No class twice, at which JDK 17 crashes, and without
     * the numbers of JDK 25, which are those of one list.
     */
    private static void addClassesOf(
            Set<String> classes, Path scratch, boolean inTerminal, String input, String... arguments) throws Exception {
        Path list = scratch.resolve("list");
        List<String> command = new ArrayList<>(List.of("-XX:DumpLoadedClassList=" + list));
        command.addAll(PoroProcess.program(PoroProcess.jar(), List.of(arguments)));
        run(inTerminal, input, command.toArray(String[]::new));
        addListed(classes, list);
    }

    /** Adds the classes of a server that has served a client. */
    private static void addClassesOfServer(Set<String> classes, Path scratch, String... arguments) throws Exception {
        Path list = scratch.resolve("list");
        List<String> command = new ArrayList<>(PoroProcess.java());
        command.add("-XX:DumpLoadedClassList=" + list);
        command.addAll(PoroProcess.program(PoroProcess.jar(), List.of(arguments)));
        command.addAll(List.of("--port", "0", "--bind", HOST));
        try (PoroProcess server = PoroProcess.start(new ProcessBuilder(command))) {
            String listening = server.reply();
            int port = Integer.parseInt(listening.substring(listening.lastIndexOf(':') + 1));
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                client.getOutputStream().write("SET key value\r\nGET key\r\n".getBytes(StandardCharsets.US_ASCII));
                client.shutdownOutput();
                client.getInputStream().readAllBytes();
            }
            server.terminate();
            server.exitStatus();
        }
        addListed(classes, list);
    }

    /** The first of as many as a node of a cluster needs, which probably are free: no range of the system's. */
    private static int freePorts() {
        return 12_000 + (int) (ProcessHandle.current().pid() % 900) * 10;
    }

    private static void addListed(Set<String> classes, Path list) throws IOException {
        for (String line : Files.readAllLines(list)) {
            classes.add(line.replaceFirst(" id: [0-9]+$", ""));
        }
        Files.delete(list);
    }

    private static void run(boolean inTerminal, String input, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(PoroProcess.java());
        command.addAll(List.of(arguments));
        if (inTerminal) {
            String line = "exec '" + String.join("' '", command) + "'";
            command = List.of(SCRIPT.toString(), "-qefc", line, "/dev/null");
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(Map.of("TERM", "xterm", "HOME", "/nonexistent", "SHELL", "/bin/sh"));
        try (PoroProcess java = PoroProcess.start(builder)) {
            PoroProcess.Result result = java.finish(input.getBytes(StandardCharsets.US_ASCII));
            if (result.exitStatus != 0) {
                throw new IOException(command + " ended with " + result.exitStatus + ": " + result.errors);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
