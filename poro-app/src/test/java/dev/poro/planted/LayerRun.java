package dev.poro.planted;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs one layer of tests in a JVM of its own, with or without a planted bug. */
final class LayerRun {
    /** The killer of a run that did not come to its end. */
    static final String HANG = "hang";

    private static final int MAX_LENGTH_SHOWN = 4_000;

    private final Path directory;
    private final Path program;
    private final Duration limit;

    /**
     * @param directory for what the tests leave behind
     * @param program the jar that the tests of the real process start
     * @param limit after which the run counts as one that hangs
     */
    LayerRun(Path directory, Path program, Duration limit) {
        this.directory = directory;
        this.program = program;
        this.limit = limit;
    }

    /**
     * What became of it.
     *
     * @param killer the test that failed, or how else the bug was noticed; {@code null} if all tests passed
     */
    record Result(String killer, Duration time, Path output) {
        String endOfOutput() throws IOException {
            String text = Files.readString(output, StandardCharsets.ISO_8859_1);
            return text.substring(Math.max(0, text.length() - MAX_LENGTH_SHOWN));
        }
    }

    /** Runs the tests that run the code of a package ("" for all), with {@code planted} ahead on the class path. */
    Result run(TestLayer layer, String packageName, Path planted) throws IOException, InterruptedException {
        Path output = directory.resolve(layer.title() + ".txt");
        Path scratch = Files.createDirectories(directory.resolve(layer.title() + ".tmp"));
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command(layer, packageName, planted, scratch))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended;
        try {
            ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        Duration time = Duration.ofNanos(System.nanoTime() - begin);
        deleteTree(scratch);
        return new Result(ended ? killerIn(output, process.exitValue()) : HANG, time, output);
    }

    /** Without assertions: it is for the tests to notice. */
    private List<String> command(TestLayer layer, String packageName, Path planted, Path scratch) {
        String classPath = System.getProperty("java.class.path");
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Djava.io.tmpdir=" + scratch,
                "-Dporo.memory.checked=true",
                // An agent that rewrites every class takes StackProbe its unused variables.
                "-Djazzer.hooks=false",
                "-Dporo.jar=" + program,
                "-classpath",
                planted == null ? classPath : planted + File.pathSeparator + classPath,
                LayerMain.class.getName(),
                layer.name(),
                packageName);
    }

    private static String killerIn(Path output, int exitStatus) throws IOException {
        switch (exitStatus) {
            case LayerMain.PASSED:
                return null;
            case LayerMain.KILLED:
                return Files.readString(output, StandardCharsets.ISO_8859_1)
                        .lines()
                        .filter(line -> line.startsWith(LayerMain.KILLED_BY))
                        .map(line -> line.substring(LayerMain.KILLED_BY.length()))
                        .findFirst()
                        .orElseThrow();
            case LayerMain.UNUSABLE:
                throw new IllegalStateException(Files.readString(output));
            default:
                return "the JVM ended with status " + exitStatus;
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
