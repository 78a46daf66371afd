package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The faulty world does what it says: tests that rely on it prove something. */
class SimulatedStorageTest {
    private static final int SECTORS = 4;

    private final SimulatedStorage storage = new SimulatedStorage();

    @Test
    void whatIsForcedSurvivesEveryPowerCut() throws IOException {
        try (StorageFile file = storage.create("file")) {
            file.write(filled(1), 0);
            file.force();
            storage.forceDirectory();
        }
        for (long seed = 0; seed < 50; seed++) {
            assertThat(storage.powerCut(seed).bytes("file")).containsOnly((byte) 1);
        }
    }

    @Test
    void everyUnforcedSectorIsKeptOrLostOnItsOwn() throws IOException {
        StorageFile file = storage.create("file");
        file.write(filled(1), 0);
        file.force();
        storage.forceDirectory();
        ByteBuffer mapping = file.map((long) SECTORS * SimulatedStorage.SECTOR_LENGTH);
        mapping.put(filled(2));

        Set<String> outcomes = new HashSet<>();
        for (long seed = 0; seed < 400; seed++) {
            byte[] left = storage.powerCut(seed).bytes("file");
            StringBuilder outcome = new StringBuilder();
            for (int sector = 0; sector < SECTORS; sector++) {
                int from = sector * SimulatedStorage.SECTOR_LENGTH;
                byte[] bytes = Arrays.copyOfRange(left, from, from + SimulatedStorage.SECTOR_LENGTH);
                assertThat(bytes).containsOnly(bytes[0]);
                outcome.append(bytes[0]);
            }
            outcomes.add(outcome.toString());
        }
        assertThat(outcomes).hasSize(1 << SECTORS).allMatch(outcome -> outcome.matches("[12]{4}"));
        assertThat(storage.bytes("file")).as("the machine that still runs").containsOnly((byte) 2);
        file.close();
    }

    @Test
    void unforcedNamesAreKeptOrLost() throws IOException {
        storage.create("deleted").close();
        storage.create("renamed").close();
        storage.forceDirectory();
        storage.create("created").close();
        storage.rename("renamed", "to");
        storage.delete("deleted");

        Set<List<String>> outcomes = new HashSet<>();
        for (long seed = 0; seed < 400; seed++) {
            outcomes.add(storage.powerCut(seed).names());
        }
        assertThat(outcomes)
                .contains(
                        List.of("deleted", "renamed"),
                        List.of("created", "to"),
                        List.of("created", "deleted", "renamed"),
                        List.of("deleted", "to"),
                        List.of("renamed"))
                .hasSize(8);
    }

    @Test
    void whatTheSystemWroteBackSurvivesThoughNobodyForcedIt() throws IOException {
        StorageFile file = storage.create("file");
        file.write(filled(1), 0);
        storage.forceDirectory();
        for (int i = 0; i < 100; i++) {
            storage.writeBack(new Random(i));
        }
        assertThat(storage.powerCut(1).bytes("file")).containsOnly((byte) 1);
        file.close();
    }

    @Test
    void aFullDiskTakesWhatFits() throws IOException {
        storage.capacity(100);
        try (StorageFile file = storage.create("file")) {
            assertThatIOException().isThrownBy(() -> file.write(filled(1), 0)).withMessage(SimulatedStorage.NO_SPACE);
            assertThat(file.length()).isEqualTo(100);
            file.write(ByteBuffer.allocateDirect(50), 20);
            storage.delete("file");
            assertThat(storage.used()).isZero();
        }
    }

    @Test
    void theNthOperationOfAKindFails() throws IOException {
        storage.fail(SimulatedStorage.startingWith("create"), 2, SimulatedStorage.IO_ERROR);
        storage.create("one").close();
        assertThatIOException().isThrownBy(() -> storage.create("two")).withMessage(SimulatedStorage.IO_ERROR);
        storage.create("three").close();
        assertThat(storage.names()).containsExactly("one", "three");
    }

    @Test
    void aDeadProcessDoesNothingMore() throws IOException {
        storage.crashAt(1);
        StorageFile file = storage.create("one");
        List<Runnable> attempts = new ArrayList<>();
        attempts.add(() -> unchecked(() -> storage.create("two")));
        attempts.add(() -> unchecked(storage::list));
        attempts.add(() -> unchecked(() -> file.write(filled(1), 0)));
        for (Runnable attempt : attempts) {
            assertThatExceptionOfType(SimulatedStorage.Crash.class).isThrownBy(attempt::run);
        }
        storage.restart();
        assertThat(storage.list()).containsExactly("one");
    }

    private interface Operation {
        void run() throws IOException;
    }

    private static void unchecked(Operation operation) {
        try {
            operation.run();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ByteBuffer filled(int value) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(SECTORS * SimulatedStorage.SECTOR_LENGTH);
        while (bytes.hasRemaining()) {
            bytes.put((byte) value);
        }
        return bytes.flip();
    }
}
