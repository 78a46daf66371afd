package dev.poro.perf.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command, with little of everything, in JVMs of its own. */
class SnapshotsIT {
    @TempDir
    Path directory;

    @Test
    void measuresChecksAndReports() throws IOException {
        assertThat(snapshots("--shape=2k:16/64", "--restart=1k:16/64", "--rounds=1", "--idle=20"))
                .isZero();
        assertThat(Files.readString(directory.resolve("out/results.txt")))
                .contains("sets a second", "latency p99.9", "extra memory", "snapshot alone", "restart of 1k:16/64");
        assertThat(Files.readString(directory.resolve("out/results.json")))
                .contains("\"underWrites\"", "\"fromSnapshot\"")
                .doesNotContain(directory.toString());
        assertThat(directory).isDirectoryNotContaining("glob:**poro-snapshots-stores-*");
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThat(snapshots("--rounds=0")).isEqualTo(2);
        assertThat(snapshots("--shape=many")).isEqualTo(2);
        assertThat(directory.resolve("out")).doesNotExist();
    }

    private int snapshots(String... options) {
        CommandLine command = new CommandLine(new Snapshots()).setCaseInsensitiveEnumValuesAllowed(true);
        String[] all = new String[options.length + 2];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = "--directory=" + directory;
        all[options.length + 1] = "--out=" + directory.resolve("out");
        return command.execute(all);
    }
}
