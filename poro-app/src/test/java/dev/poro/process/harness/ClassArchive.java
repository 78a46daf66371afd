package dev.poro.process.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The program's classes as the JVM maps them instead of reading them from the jar, as in the launcher: a start then
 * costs little more than half. The first test that starts the program makes the archive, beside the jar.
 */
final class ClassArchive {
    /** The JVM's option to use it; none where it cannot be made. */
    static final List<String> OPTION = option();

    private ClassArchive() {}

    private static List<String> option() {
        Path jar = Path.of(System.getProperty("poro.jar"));
        Path archive = jar.resolveSibling("poro-tests-" + System.getProperty("java.version") + ".jsa");
        try {
            if (!Files.exists(archive)
                    || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) <= 0) {
                make(archive, jar);
            }
            return List.of("-XX:SharedArchiveFile=" + archive);
        } catch (Exception e) {
            System.err.println("without an archive of classes: " + e);
            return List.of();
        }
    }

    /** Two processes may do so at once: each replaces it by a whole one. */
    private static void make(Path archive, Path jar) throws Exception {
        Path scratch = Files.createTempDirectory(archive.getParent(), "archive");
        try {
            Path list = scratch.resolve("classes");
            Path made = scratch.resolve("archive");
            run(
                    "SET key value\nGET key\n",
                    "-XX:DumpLoadedClassList=" + list,
                    "-jar",
                    jar.toString(),
                    "--wal",
                    scratch.resolve("wal").toString());
            run(
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

    private static void run(String input, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(PoroProcess.java());
        command.addAll(List.of(arguments));
        try (PoroProcess java = PoroProcess.start(new ProcessBuilder(command))) {
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
