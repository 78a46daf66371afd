package dev.poro.perf.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command, with little of everything, and real servers. */
class ServerBenchIT {
    private static final Path PROJECT = Path.of("..");

    @TempDir
    Path directory;

    @Test
    void measuresBothServersAndReports() throws Exception {
        assumeTrue(isInstalled(), "needs redis-server and redis-benchmark: apt-get install redis-server redis-tools");
        makeProject();
        assertThat(bench("--rounds=1", "--duration=20", "--warmup=20", "--keys=1000", "--pipelines=1,16"))
                .isZero();
        assertThat(Files.readString(directory.resolve("out/results.txt")))
                .contains(
                        "Redis server v=",
                        "SET -P 16",
                        "GET -P 1",
                        "SET -P 1, always",
                        "redis-benchmark",
                        "own client");
        assertThat(Files.readString(directory.resolve("out/results.json")))
                .contains("\"requestsPerSecond\"", "\"Poro\"")
                .doesNotContain(directory.toString());
        assertThat(directory).isDirectoryNotContaining("glob:**poro-server-bench-stores-*");
        assertThat(ProcessHandle.current().children()).isEmpty();
    }

    /** The launcher and the jar, with an empty archive of classes: making one takes longer than the whole test. */
    private void makeProject() throws IOException {
        Path app = directory.resolve("project/poro-app");
        Path launcher = app.resolve("bin/poro");
        Path jar = app.resolve("target/poro.jar");
        Files.createDirectories(launcher.getParent());
        Files.createDirectories(jar.getParent());
        Files.copy(PROJECT.resolve("poro-app/bin/poro"), launcher);
        Files.copy(PROJECT.resolve("poro-app/target/poro.jar"), jar);
        String archive = "poro-java-" + System.getProperty("java.runtime.version") + ".jsa";
        Files.createFile(jar.resolveSibling(archive));
        Files.writeString(jar.resolveSibling(archive + ".size"), "0\n");
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThat(bench("--rounds=0")).isEqualTo(2);
        assertThat(bench("--pipelines=0")).isEqualTo(2);
        assertThat(bench("--servers=memcached")).isEqualTo(2);
        assertThat(directory.resolve("out")).doesNotExist();
    }

    private static boolean isInstalled() throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v redis-server && command -v redis-benchmark")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private int bench(String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--home=" + directory.resolve("project/perf"));
        all.add("--directory=" + directory);
        all.add("--out=" + directory.resolve("out"));
        return new CommandLine(new ServerBench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(all.toArray(String[]::new));
    }
}
