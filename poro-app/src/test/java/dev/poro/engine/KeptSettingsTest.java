package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.tools.Backup;
import dev.poro.engine.tools.OfflineSnapshot;
import dev.poro.engine.tools.Salvage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The memory budget and the history are settings of a store: an opening that does not speak of them changes none.
 *
 * @see MachineMemory
 * @see OfflineSnapshot
 */
@Tag("R36")
class KeptSettingsTest {
    private static final long BUDGET = 32 << 20;
    private static final Retention HISTORY = Retention.ofSize(10 << 20);

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void writeWithSettings() {
        path = directory.resolve("store");
        try (Poro poro = Poro.at(path).memory(BUDGET).retain(HISTORY).open()) {
            poro.set("key", "value");
        }
    }

    @Test
    void aPlainOpeningKeepsBothAndJournalsNothing() {
        long before;
        try (Poro poro = Poro.open(path)) {
            before = poro.opening().lastSequence();
            assertThat(poro.sequence()).isEqualTo(before);
            assertThat(poro.memory().budget()).isEqualTo(BUDGET);
            assertThat(poro.log().retention()).isEqualTo(HISTORY);
        }
    }

    @Test
    void whatIsAskedForIsKeptFromThenOn() {
        Poro.at(path).memory(2 * BUDGET).retain(Retention.ALL).open().close();
        try (Poro poro = Poro.open(path)) {
            assertThat(poro.memory().budget()).isEqualTo(2 * BUDGET);
            assertThat(poro.log().retention()).isEqualTo(Retention.ALL);
        }
    }

    @Test
    void aSnapshotTakenOfflineChangesNeither() {
        OfflineSnapshot.run(path, Progress.NONE);
        try (Poro poro = Poro.open(path)) {
            assertThat(poro.memory().budget()).isEqualTo(BUDGET);
            assertThat(poro.log().retention()).isEqualTo(HISTORY);
        }
    }

    @Test
    void aBackupHasThemToo() {
        Path backup = directory.resolve("backup");
        Backup.run(path, backup, Progress.NONE);
        try (Poro poro = Poro.open(backup)) {
            assertThat(poro.memory().budget()).isEqualTo(BUDGET);
            assertThat(poro.log().retention()).isEqualTo(HISTORY);
        }
    }

    @Test
    void aSalvagedStoreHasThemToo() {
        Path salvaged = directory.resolve("salvaged");
        Salvage.run(path, salvaged, false, 0, Progress.NONE);
        try (Poro poro = Poro.open(salvaged)) {
            assertThat(poro.memory().budget()).isEqualTo(BUDGET);
            assertThat(poro.log().retention()).isEqualTo(HISTORY);
        }
    }

    /** What was to be kept is not known any more, so nothing is given up. */
    @Test
    void aSalvagedStoreWhoseSettingsAreDamagedKeepsAllHistory() throws IOException {
        Files.write(path.resolve("STORE"), new byte[128]);
        Path salvaged = directory.resolve("salvaged");
        Salvage.run(path, salvaged, false, 0, Progress.NONE);
        try (Poro poro = Poro.open(salvaged)) {
            assertThat(poro.log().retention()).isEqualTo(Retention.ALL);
        }
    }

    @Test
    void aNewStoreGetsWhatSuitsTheMachine() {
        try (Poro poro = Poro.open(directory.resolve("new"))) {
            assertThat(poro.memory().budget()).isEqualTo(PoroBuilder.defaultMemory());
            assertThat(poro.log().retention()).isEqualTo(Retention.NONE);
        }
    }
}
