package dev.poro.perf.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command, with little of everything, and real nodes. */
class ClusterFiguresIT {
    private static final Path PROJECT = Path.of("..");

    @TempDir
    Path directory;

    @Test
    void measuresChecksAndReports() throws Exception {
        assumeTrue(TestScale.ENABLED, "starts and kills clusters for a minute");
        makeProject();
        assertThat(figures(
                        "--parts=writes,failover,catch_up,join",
                        "--rounds=1",
                        "--duration=20",
                        "--warmup=20",
                        "--kills=1",
                        "--changes=300",
                        "--keys=3000"))
                .isZero();
        assertThat(Files.readString(directory.resolve("out/results.txt")))
                .contains(
                        "processor: ",
                        "java: ",
                        "1 connection, one node: ",
                        "64 connections, three nodes, at the leader: ",
                        "1 leaders killed under load",
                        "a node that has missed 300 changes",
                        "is replaced by a join over the network in ")
                .doesNotContain(directory.toString());
        assertThat(Files.readString(directory.resolve("out/results.csv")))
                .startsWith("what,value,unit")
                .contains("writes/s", "gap after a kill of the leader; longest");
        assertThat(directory).isDirectoryNotContaining("glob:**poro-cluster-figures-stores-*");
        assertThat(ProcessHandle.current().children()).isEmpty();
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThat(figures("--rounds=0")).isEqualTo(2);
        assertThat(figures("--parts=all")).isEqualTo(2);
        assertThat(directory.resolve("out")).doesNotExist();
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

    private int figures(String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--home=" + directory.resolve("project/perf"));
        all.add("--directory=" + directory);
        all.add("--out=" + directory.resolve("out"));
        return new CommandLine(new ClusterFigures())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(all.toArray(String[]::new));
    }
}
