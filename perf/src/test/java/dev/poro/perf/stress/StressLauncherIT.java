package dev.poro.perf.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/stress}, in a project that has just what it looks at, in a directory whose name contains blanks. */
@Timeout(120)
class StressLauncherIT {
    /** Stands in for Maven: "builds" the jar. */
    private static final String FAKE_MAVEN = """
            #!/bin/sh
            cat "$PORO_TEST_JAR" >perf/target/benchmarks.jar
            """;

    private static final Path JAR = Path.of("target", "benchmarks.jar").toAbsolutePath();

    @TempDir
    private Path directory;

    private Path program;
    private Path jar;
    private Path caller;

    @BeforeEach
    void makeProject() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh");
        Path perf = directory.resolve("a project/perf");
        program = perf.resolve("bin/stress");
        jar = perf.resolve("target/benchmarks.jar");
        caller = Files.createDirectory(directory.resolve("caller"));
        Files.createDirectories(program.getParent());
        Files.createDirectories(jar.getParent());
        Path source = Files.createDirectories(perf.resolve("src/main"));
        Files.copy(Path.of("bin", "stress"), program);
        Files.copy(Path.of("bin", "launch.sh"), program.resolveSibling("launch.sh"));
        Files.createSymbolicLink(jar, JAR);
        Files.setLastModifiedTime(source, FileTime.from(Instant.EPOCH));
    }

    private Process start(Path command, String... options) throws IOException {
        List<String> line = new java.util.ArrayList<>(List.of(command.toString()));
        line.addAll(List.of(options));
        ProcessBuilder builder =
                new ProcessBuilder(line).directory(caller.toFile()).redirectErrorStream(true);
        builder.environment().put("PORO_TEST_JAR", JAR.toString());
        builder.environment().put("PATH", directory + ":" + System.getenv("PATH"));
        return builder.start();
    }

    private static String outputOf(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void provesAShortRunAndLeavesNothingBehind() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("a link"), directory.relativize(program));
        Process stress = start(link, "--events=2000");

        String output = outputOf(stress);

        assertThat(stress.waitFor()).as(output).isZero();
        assertThat(output).startsWith("8 producers").endsWith("OK\n");
        assertThat(caller).isEmptyDirectory();
    }

    @Test
    void keepsTheLogIfAsked() throws Exception {
        Process stress = start(program, "--events=2000", "--keep");

        assertThat(outputOf(stress)).contains("the log is kept: ");
        assertThat(stress.waitFor()).isZero();
        assertThat(caller).isNotEmptyDirectory();
    }

    @Test
    void passesTheStatusOn() throws Exception {
        Process stress = start(program, "--producers=none");

        assertThat(outputOf(stress)).startsWith("stress: Invalid value for option '--producers'");
        assertThat(stress.waitFor()).isEqualTo(2);
    }

    @Test
    void provesWhatWasDoneWhenItIsInterrupted() throws Exception {
        Process stress = start(program, "--duration=1h");
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(stress.getInputStream(), StandardCharsets.UTF_8));
        // On a busy machine the first row is not that of the first second.
        while (!lines.readLine().matches(" *\\d+ s .*")) {
            assertThat(stress.isAlive()).isTrue();
        }

        new ProcessBuilder("kill", interrupt(), Long.toString(stress.pid()))
                .start()
                .waitFor();

        String output = lines.lines().collect(Collectors.joining("\n"));
        assertThat(stress.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("ended because it was interrupted")
                .contains("proved: ")
                .endsWith("OK");
        assertThat(caller).isEmptyDirectory();
    }

    /** What Ctrl-C sends. A build that runs in the background ignores that, and so does all that it starts. */
    private static String interrupt() throws IOException {
        String ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElseThrow();
        boolean ignoresInterrupts = (Long.parseUnsignedLong(ignored.substring(7).strip(), 16) & 2) != 0;
        return ignoresInterrupts ? "-TERM" : "-INT";
    }

    @Test
    void buildsOnFirstUse() throws Exception {
        Files.delete(jar);
        Path maven = Files.writeString(directory.resolve("mvn"), FAKE_MAVEN);
        Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));

        Process stress = start(program, "--events=100");

        assertThat(outputOf(stress)).startsWith("stress: building ...\n").endsWith("OK\n");
        assertThat(stress.waitFor()).isZero();
    }
}
