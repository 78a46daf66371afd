package dev.poro.engine;

import dev.poro.statemachine.StateMachine;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A log that was written while somebody set the clock back and forth. It comes from a simulated disk, because a test
 * cannot set the clock of its machine. Event 1 is the memory budget; events 2 to 8 set the key a to 1 to 7; a snapshot
 * covers the first four events.
 */
public final class SetClockLog {
    /** What the clock showed, on one day, when a was set to 1, 2 and so on. */
    public static final List<String> SHOWN = List.of("10:00", "10:10", "09:51", "10:06", "10:36", "11:36", "10:37");

    private static final String DAY = "2020-06-15T";

    private final SimulatedStorage disk = new SimulatedStorage();
    private final SteppedWorkers workers = new SteppedWorkers();

    private SetClockLog() {}

    /** A time of that day, for example 10:36:30. */
    public static Instant at(String time) {
        return Instant.parse(DAY + time + "Z");
    }

    /** Writes the log to a new directory. */
    public static void write(Path directory) throws IOException {
        SetClockLog log = new SetClockLog();
        log.write();
        Files.createDirectory(directory);
        for (String name : log.disk.names()) {
            Files.write(directory.resolve(name), log.disk.bytes(name));
        }
        log.disk.release();
    }

    private void write() {
        disk.setClock(at("10:00:00").toEpochMilli() - disk.currentTimeMillis());
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
            disk.advanceClock(100); // too short to be believed
            poro.set("a", "6");
            setClock(-60);
            pass(1);
            poro.set("a", "7");
        }
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

    /** Damages event 3, which the snapshot covers. */
    public static void damage(Path directory) throws IOException {
        Path segment = directory.resolve("0000000001.wal");
        byte[] bytes = Files.readAllBytes(segment);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("a2");
        bytes[at]++;
        Files.write(segment, bytes);
    }
}
