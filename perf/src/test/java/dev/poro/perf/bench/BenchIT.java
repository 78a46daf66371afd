package dev.poro.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command, with the engines of this module, each in its own JVM. The peers have a test of their own. */
class BenchIT {
    @TempDir
    Path directory;

    @Test
    void comparesChecksAndReports() throws IOException {
        int status = bench(
                "--engines=poro,hash-map",
                "--shapes=1k:16/100",
                "--threads=2",
                "--workloads=put,put-async,put-all,put-pipeline,get,get-all,get-beside-puts",
                "--workloads=delete,ycsb-a,ycsb-b,ycsb-c",
                "--rounds=1",
                "--warmup=5",
                "--duration=10");

        assertThat(status).isZero();
        assertThat(Files.readString(directory.resolve("out/results.json")))
                .contains("\"Poro\"", "\"ConcurrentHashMap\"", "put, pipelined", "YCSB C")
                .doesNotContain(directory.toString());
        assertThat(Files.exists(directory.resolve("out/throughput-1k-16-100-2-os.png")))
                .isEqualTo(Drawing.isPossible());
        assertThat(directory).isDirectoryNotContaining("glob:**poro-bench-stores-*");
    }

    @Test
    void measuresEveryWriteOnTheDevice() throws IOException {
        assertThat(bench(
                        "--engines=poro",
                        "--shapes=100:16/16",
                        "--sync=always",
                        "--workloads=put",
                        "--rounds=1",
                        "--warmup=5",
                        "--duration=10"))
                .isZero();
        assertThat(Files.readString(directory.resolve("out/results.json"))).contains("ALWAYS");
    }

    @Test
    void refusesWhatMakesNoSense() throws IOException {
        assertThat(bench("--shapes=10:16/16", "--threads=11")).isEqualTo(2);
        assertThat(bench("--rounds=0")).isEqualTo(2);
        assertThat(bench("--engines=sqlite")).isEqualTo(2);
        assertThat(bench("--against=" + directory.resolve("nothing.jar"))).isEqualTo(2);
        assertThat(bench("--engines=other-poro")).isEqualTo(2);
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @Test
    void tellsWhatWentWrongInATrial() {
        TrialProcess process = new TrialProcess(perf(), directory, null, "-Xmx64m");
        Trial impossible = new Trial(
                EngineKind.PORO,
                new Shape(1_000, 16, 2 << 20),
                Durability.OS,
                1,
                List.of(Workload.PUT),
                directory.resolve("store").toString(),
                1,
                1);

        assertThatThrownBy(() -> process.run(impossible, doing -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Poro failed with status 1")
                .hasMessageContaining("the limit is 1048576");
    }

    @Test
    void showsWhatWasMeasuredAndWritesNothingWhenItIsEnded() throws Exception {
        Path out = Files.createDirectory(directory.resolve("out"));
        Files.writeString(out.resolve("results.txt"), "of an earlier run");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Bench.class.getName(),
                        "--engines=hash-map",
                        "--shapes=100:16/16",
                        "--workloads=get",
                        "--rounds=1000",
                        "--warmup=5",
                        "--duration=10",
                        "--home=" + perf(),
                        "--directory=" + directory,
                        "--out=" + out)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> lines = new ArrayList<>();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
                if (line.startsWith("3/1000 ")) {
                    process.toHandle().destroy(); // as Ctrl-C, which a process in the background may ignore
                }
            }
            assertThat(lines)
                    .anyMatch(line -> line.startsWith("ConcurrentHashMap "))
                    .last()
                    .asString()
                    .matches("partial: broken off after [23] of 1000 trials; nothing written");
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(out.resolve("results.txt")).hasContent("of an earlier run");
        assertThat(out).isDirectoryNotContaining("glob:**results.json");
        assertThat(directory).isDirectoryNotContaining("glob:**poro-bench-stores-*");
    }

    private int bench(String... options) {
        CommandLine command = new CommandLine(new Bench()).setCaseInsensitiveEnumValuesAllowed(true);
        String[] all = new String[options.length + 3];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = "--home=" + perf();
        all[options.length + 1] = "--directory=" + directory;
        all[options.length + 2] = "--out=" + directory.resolve("out");
        return command.execute(all);
    }

    private static Path perf() {
        return Path.of("").toAbsolutePath();
    }
}
