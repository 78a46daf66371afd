package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SteppedStore;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.process.harness.PoroProcess;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program on a log that was written while somebody set the clock back and forth: {@code restore --until} and
 * {@code dump} speak of what the clock had shown. The log comes from a simulated disk, because a test cannot set the
 * clock of its machine.
 */
class SetClockIT {
    private static final Instant TEN = Instant.parse("2020-06-15T10:00:00Z");

    /** What the clock showed when a was set to 1, 2 and so on. */
    private static final String[] SHOWN = {"10:00", "10:10", "09:51", "10:06", "10:36", "11:36", "10:37"};

    private final SimulatedStorage disk = new SimulatedStorage();
    private final SteppedWorkers workers = new SteppedWorkers();

    @TempDir
    private Path directory;

    /** Events 2 to 8 set a to 1 to 7; the snapshot covers the first three of them. */
    @BeforeEach
    void write() throws Exception {
        disk.setClock(TEN.toEpochMilli() - disk.currentTimeMillis());
        try (SteppedStore store = open()) {
            Poro poro = store.poro();
            poro.set("a", "1");
            pass(10);
            poro.set("a", "2");
            pass(1);
            setClock(-20);
            poro.set("a", "3");
            poro.snapshot();
            pass(15);
            poro.set("a", "4");
            pass(30);
            poro.set("a", "5");
            setClock(60);
            disk.advanceClock(100);
            poro.set("a", "6");
            setClock(-60);
            pass(1);
            poro.set("a", "7");
        }
        Path log = Files.createDirectory(directory.resolve("poro.wal"));
        for (String name : disk.names()) {
            Files.write(log.resolve(name), disk.bytes(name));
        }
        disk.release();
    }

    private SteppedStore open() {
        return SteppedStore.open(
                Poro.at(Path.of("simulated")).sync(SyncPolicy.ALWAYS).segmentLength(1 << 20),
                Threading.CALLER,
                1 << 20,
                1_000,
                disk::elapsedMillis,
                StateMachine::new,
                (settings, replay, progress, failStop) ->
                        WriteAheadLog.open(() -> {}, disk, workers, settings, replay, progress, failStop));
    }

    private void pass(int minutes) {
        disk.advanceClock(Duration.ofMinutes(minutes).toMillis());
    }

    private void setClock(int minutes) {
        disk.setClock(Duration.ofMinutes(minutes).toMillis());
    }

    @Test
    @Tag("R25")
    @Tag("R37")
    void aTimeMeansTheLastEventByWhichTheClockHadShownNoLaterOne() throws Exception {
        requireRestored("poro.wal", "10:05", "1", "set back");
        requireRestored("poro.wal", "10:11", "4", null);
        requireRestored("poro.wal", "10:36:30", "5", null);
        requireRestored("poro.wal", "10:40", "5", "set back");
        requireRestored("poro.wal", "11:37", "7", null);

        // The clock that the snapshot's events have seen goes with it.
        assertThat(run("restore", "poro.wal", "restored.wal").exitStatus).isZero();
        requireRestored("restored.wal", "10:11", "4", null);
        PoroProcess.Result refused = run("restore", "restored.wal", "new.wal", "--until", "2020-06-15T10:05:00Z");
        assertThat(refused.exitStatus).isEqualTo(3);
        assertThat(refused.errors).contains("happened later", "sequence 4 (2020-06-15T10:10:00.");
    }

    /** What is lost is covered by the snapshot, and its contents come with what the clock had shown up to there. */
    @Test
    void aSalvagedLogMeansTheSameByATime() throws Exception {
        Path segment = directory.resolve("poro.wal").resolve("0000000001.wal");
        byte[] bytes = Files.readAllBytes(segment);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("a2");
        bytes[at]++;
        Files.write(segment, bytes);

        assertThat(run("salvage", "poro.wal", "salvaged.wal").exitStatus).isZero();

        requireRestored("salvaged.wal", "10:10:10", "4", null);
    }

    /** @param problem what is reported; {@code null} for nothing */
    private void requireRestored(String log, String time, String value, String problem) throws Exception {
        String target = log + "-" + time.replace(":", "") + ".wal";
        PoroProcess.Result restored = run("restore", log, target, "--until", "2020-06-15T" + time + "Z");

        assertThat(restored.exitStatus).as(restored.errors).isEqualTo(problem == null ? 0 : 1);
        assertThat(restored.text()).contains(problem == null ? "verdict   " : problem);
        assertThat(run("--wal", target, "get", "--raw", "a").text()).as("%s at %s", log, time).isEqualTo(value);
    }

    @Test
    void theTimesThatAreShownAreThoseOfTheClock() throws Exception {
        String[] sets = run("dump", "poro.wal").text().lines().filter(line -> line.contains(" SET ")).toArray(String[]::new);
        assertThat(sets).hasSize(SHOWN.length);
        for (int i = 0; i < SHOWN.length; i++) {
            assertThat(sets[i]).startsWith((i + 2) + " 2020-06-15T" + SHOWN[i] + ":0").endsWith("\"" + (i + 1) + "\"");
        }
        assertThat(run("dump", "--json", "poro.wal", "--from", "4", "--to", "4").text())
                .contains("\"timestamp\":\"2020-06-15T09:51:0", "\"logTime\":\"2020-06-15T10:1");
        assertThat(run("dump", "--json", "poro.wal", "--from", "3", "--to", "3").text())
                .contains("\"timestamp\":\"2020-06-15T10:10:0")
                .doesNotContain("logTime");
        assertThat(run("restore", "--dry-run", "poro.wal", "--until", "4").text())
                .contains("until     sequence 4, 2020-06-15T10:10:00.")
                .doesNotContain("09:51");
    }

    private PoroProcess.Result run(String... arguments) throws Exception {
        return PoroProcess.run(directory, "", arguments);
    }
}
