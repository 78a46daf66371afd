package dev.poro.process.harness;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A class-data-sharing archive of the program, as its launcher makes one. With it a process takes half the time to
 * start; without it, where none can be made, all works as well. Made by the first start in a JVM of tests, gone with
 * that JVM.
 */
final class ClassArchive {
    private static final int PATIENCE_S = 30;
    private static final String SESSION = "SET key value\nGET key\nDEL key\n";

    private static final List<String> OPTIONS = make();

    private ClassArchive() {}

    /** What the JVM is told to have it use the archive; nothing if there is none. */
    static List<String> options() {
        return OPTIONS;
    }

    private static List<String> make() {
        try {
            Path directory = Files.createTempDirectory("poro-classes");
            // Deleted in the opposite order.
            directory.toFile().deleteOnExit();
            Path archive = directory.resolve("poro.jsa");
            archive.toFile().deleteOnExit();
            runSession(directory, archive);
            return Files.exists(archive) ? List.of("-XX:SharedArchiveFile=" + archive) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private static void runSession(Path directory, Path archive) throws IOException, InterruptedException {
        Path log = directory.resolve("poro.wal");
        List<String> command = new ArrayList<>(PoroProcess.java());
        command.addAll(List.of("-XX:ArchiveClassesAtExit=" + archive, "-jar", System.getProperty("poro.jar")));
        command.addAll(List.of("--wal", log.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(SESSION.getBytes(StandardCharsets.US_ASCII));
        }
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            Files.deleteIfExists(archive);
        }
        if (Files.exists(log)) {
            try (Stream<Path> files = Files.walk(log)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
