package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.SetClockLog;
import dev.poro.process.harness.PoroProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program on a log that was written while somebody set the clock back and forth: {@code restore --until} and
 * {@code dump} speak of what the clock had shown.
 */
class SetClockIT {
    @TempDir
    private Path directory;

    @BeforeEach
    void write() throws Exception {
        SetClockLog.write(directory.resolve("poro.wal"));
    }

    @Test
    @Tag("R25")
    @Tag("R37")
    void aTimeMeansTheLastEventByWhichTheClockHadShownNoLaterOne() throws Exception {
        requireRestored("10:05:00", "1", "set back");
        requireRestored("10:11:00", "4", null);
        requireRestored("11:37:00", "7", null);
    }

    /** @param problem what is reported; {@code null} for nothing */
    private void requireRestored(String time, String value, String problem) throws Exception {
        String target = "at-" + time.replace(":", "") + ".wal";
        PoroProcess.Result restored = run(
                "restore", "poro.wal", target, "--until", SetClockLog.at(time).toString());

        assertThat(restored.exitStatus).as(restored.errors).isEqualTo(problem == null ? 0 : 1);
        assertThat(restored.text()).contains(problem == null ? "verdict   " : problem);
        assertThat(run("--wal", target, "get", "--raw", "a").text())
                .as("at %s", time)
                .isEqualTo(value);
    }

    @Test
    void theTimesThatAreShownAreThoseOfTheClock() throws Exception {
        String[] sets = run("dump", "poro.wal")
                .text()
                .lines()
                .filter(line -> line.contains(" SET "))
                .toArray(String[]::new);
        assertThat(sets).hasSize(SetClockLog.SHOWN.size());
        for (int i = 0; i < sets.length; i++) {
            assertThat(sets[i])
                    .startsWith((i + 2) + " 2020-06-15T" + SetClockLog.SHOWN.get(i) + ":0")
                    .endsWith("\"" + (i + 1) + "\"");
        }
        assertThat(run("dump", "--json", "poro.wal", "--from", "4", "--to", "4").text())
                .contains("\"timestamp\":\"2020-06-15T09:51:0", "\"logTime\":\"2020-06-15T10:1");
        assertThat(run("restore", "--dry-run", "poro.wal", "--until", "4").text())
                .contains("until     sequence 4, 2020-06-15T10:10:00.")
                .doesNotContain("09:51");
    }

    private PoroProcess.Result run(String... arguments) throws Exception {
        return PoroProcess.run(directory, "", arguments);
    }
}
