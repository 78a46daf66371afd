package dev.poro.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs every benchmark for a moment and with few keys: each checks what it did. It measures nothing here. */
class BenchmarksIT {
    private static final Path SOURCES = Path.of("src", "main", "java");

    @TempDir
    Path directory;

    @BeforeEach
    void writeLogsIntoTheTemporaryDirectory() {
        System.setProperty("poro.perf.directory", directory.toString());
        System.setProperty("jmh.ignoreLock", "true");
    }

    @AfterEach
    void restore() {
        System.clearProperty("poro.perf.directory");
        System.clearProperty("jmh.ignoreLock");
    }

    @Test
    void everyBenchmarkRuns() throws RunnerException, IOException {
        Options options = new OptionsBuilder()
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(10))
                .operationsPerInvocation(500)
                .param("keyCount", "1000")
                .param("slotCount", "1000")
                .param("batch", "8")
                .param("length", "256")
                .param("valueLength", "16")
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();

        Collection<RunResult> results = new Runner(options).run();

        assertThat(results)
                .allSatisfy(result -> assertThat(result.getPrimaryResult().getScore())
                        .as(result.getParams().getBenchmark())
                        .isPositive());
        assertThat(results.stream().map(BenchmarksIT::className).collect(Collectors.toSet()))
                .isEqualTo(benchmarkSources());
    }

    private static String className(RunResult result) {
        String method = result.getParams().getBenchmark();
        return method.substring(0, method.lastIndexOf('.'));
    }

    private static Set<String> benchmarkSources() throws IOException {
        Set<String> names = new HashSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (Files.readString(file).contains("    @Benchmark\n")) {
                    names.add(SOURCES.relativize(file)
                            .toString()
                            .replace(".java", "")
                            .replace('/', '.'));
                }
            }
        }
        return names;
    }
}
