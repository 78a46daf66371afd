package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.Backup;
import dev.poro.engine.tools.LogEvents;
import dev.poro.engine.tools.Restore;
import dev.poro.engine.tools.Salvage;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.RestoreReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tools make of a log that was written while somebody set the clock back and forth. */
class SetClockTest {
    @TempDir
    private Path directory;

    private Path log;

    @BeforeEach
    void write() throws IOException {
        log = directory.resolve("poro.wal");
        SetClockLog.write(log);
    }

    @Test
    @Tag("R25")
    @Tag("R28")
    void aTimeMeansTheLastEventByWhichTheClockHadShownNoLaterOne() {
        requirePoints(log);
        Path backup = directory.resolve("backup.wal");
        Backup.run(log, backup, Progress.NONE);
        requirePoints(backup);
    }

    private static void requirePoints(Path source) {
        assertThat(restored(source, "10:05:00").lastSequence()).isEqualTo(2);
        assertThat(restored(source, "10:11:00").lastSequence()).isEqualTo(5);
        assertThat(restored(source, "10:36:30").lastSequence()).isEqualTo(6);
        assertThat(restored(source, "11:35:00").lastSequence()).isEqualTo(6);
        assertThat(restored(source, "11:37:00").lastSequence()).isEqualTo(8);
    }

    private static RestoreReport restored(Path source, String time) {
        RestorePoint point = RestorePoint.ofTime(SetClockLog.at(time).toEpochMilli());
        return Restore.run(source, null, point, true, Progress.NONE).history();
    }

    @Test
    @Tag("R35")
    void whatCameAfterTheClockWasSetBackIsReported() {
        assertThat(restored(log, "10:05:00").leftOut()).hasSize(1);
        assertThat(restored(log, "10:11:00").leftOut()).isEmpty();
        assertThat(restored(log, "10:36:30").leftOut()).isEmpty();
        assertThat(restored(log, "10:40:00").leftOut()).hasSize(1);
        assertThat(restored(log, "11:37:00").leftOut()).isEmpty();
    }

    /** They begin with the snapshot, and what the clock had shown up to there goes with it. */
    @Test
    @Tag("R28")
    void aRestoredAndASalvagedLogMeanTheSameByATime() throws IOException {
        Path restored = directory.resolve("restored.wal");
        Restore.run(log, restored, RestorePoint.LATEST, false, Progress.NONE);
        assertThat(restored(restored, "10:10:10").lastSequence()).isEqualTo(5);
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> restored(restored, "10:05:00"))
                .withMessageContaining("sequence 4 (2020-06-15T10:10:00.");

        SetClockLog.damage(log);
        Path salvaged = directory.resolve("salvaged.wal");
        Salvage.run(log, salvaged, false, 0, Progress.NONE);
        // A budget, the set of the snapshot, and a set to 4.
        assertThat(restored(salvaged, "10:10:10").lastSequence()).isEqualTo(3);
        assertThat(restored(salvaged, "10:36:30").lastSequence()).isEqualTo(4);
    }

    @Test
    void theEventsAreHandedOnWithTheTimeThatTheClockShowed() throws IOException {
        List<String> shown = new ArrayList<>();
        LogEvents.records(
                log,
                (sequence, isEvent, timestamp, wallClock, record) -> {
                    if (isEvent && sequence > 1) {
                        shown.add(Instant.ofEpochMilli(wallClock).toString().substring(11, 16));
                    }
                },
                Progress.NONE);
        assertThat(shown).containsExactlyElementsOf(SetClockLog.SHOWN);
    }
}
