package dev.poro.wal.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
            assertThatIOException()
                    .isThrownBy(() -> file.write(filled(1), 0))
                    .withMessageContaining(SimulatedStorage.NO_SPACE);
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
        assertThatIOException()
                .isThrownBy(() -> storage.create("two"))
                .withMessageContaining(SimulatedStorage.IO_ERROR);
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

    @Test
    void aDeadProcessStoresNothingMoreIntoItsMappings() throws IOException {
        StorageFile file = storage.create("one");
        file.write(filled(1), 0);
        ByteBuffer mapping = file.map(2048);
        storage.crashAt(0);
        assertThatExceptionOfType(SimulatedStorage.Crash.class).isThrownBy(file::force);
        mapping.put(700, (byte) 2);
        storage.restart();
        assertThat(storage.bytes("one")).containsOnly((byte) 1);
    }

    @Test
    void everySubsetOfWhatIsPendingIsADiskThatAPowerCutMayLeave() throws IOException {
        StorageFile file = storage.create("file");
        file.write(filled(1), 0);
        file.force();
        storage.forceDirectory();
        storage.create("created").close();
        file.write(filled(2).limit(700), 100);

        List<PendingChange> pending = storage.pending();

        assertThat(pending)
                .extracting(PendingChange::toString)
                .containsExactly("create created", "sector 0 of file", "sector 1 of file");
        Set<String> outcomes = new HashSet<>();
        for (long subset = 0; subset < 8; subset++) {
            SimulatedStorage after = storage.powerCut(pending, BitSet.valueOf(new long[] {subset}));
            outcomes.add(after.names() + " " + after.bytes("file")[511] + after.bytes("file")[512]);
            assertThat(after.pending()).isEmpty();
        }
        assertThat(outcomes).hasSize(8).contains("[file] 11", "[file] 12", "[file] 21", "[created, file] 22");
        file.close();
    }

    @Test
    void aDiskOfPagesNeverTearsOne() throws IOException {
        SimulatedStorage pages = new SimulatedStorage(1, SimulatedStorage.PAGE_LENGTH);
        pages.put("file", new byte[2 * SimulatedStorage.PAGE_LENGTH]);
        StorageFile file = pages.open("file");
        file.write(filled(1), 0);
        file.write(filled(1), 4096);
        assertThat(pages.pending()).hasSize(2);
        for (long seed = 0; seed < 50; seed++) {
            byte[] left = pages.powerCut(seed).bytes("file");
            assertThat(Arrays.copyOf(left, 2048)).containsOnly(left[0]);
        }
        file.close();
    }

    @Test
    void whatAFailedForceShouldHaveWrittenIsNotWrittenByTheNext() throws IOException {
        StorageFile file = fileWithAFailedForce();

        file.force();

        assertThat(storage.pending())
                .extracting(PendingChange::toString)
                .containsExactly("sector 0 of file", "sector 1 of file", "sector 2 of file", "sector 3 of file");
        assertThat(storage.powerCut(storage.pending(), new BitSet()).bytes("file"))
                .containsOnly((byte) 1);
        assertThat(storage.bytes("file")).as("in the cache").containsOnly((byte) 2);
        file.close();
    }

    @Test
    void whatIsWrittenAnewAfterAFailedForceIsForcedByTheNext() throws IOException {
        StorageFile file = fileWithAFailedForce();

        file.write(filled(2).limit(512), 0);
        ByteBuffer mapping = file.map(2048);
        mapping.put(700, (byte) 3);
        file.force();

        assertThat(storage.pending())
                .extracting(PendingChange::toString)
                .containsExactly("sector 2 of file", "sector 3 of file");
        file.close();
    }

    @Test
    void aPageThatAFailedForceLeftCleanMayReadAsBefore() throws IOException {
        StorageFile file = fileWithAFailedForce();
        file.write(filled(2).limit(512), 0);

        Set<Byte> read = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            storage.evict(new Random(i));
            read.add(storage.bytes("file")[600]);
            assertThat(storage.bytes("file")[0]).as("dirty again").isEqualTo((byte) 2);
        }
        assertThat(read).contains((byte) 1);
        file.close();
    }

    private StorageFile fileWithAFailedForce() throws IOException {
        StorageFile file = storage.create("file");
        file.write(filled(1), 0);
        file.force();
        storage.forceDirectory();
        file.write(filled(2), 0);
        storage.inject(SimulatedFault.once(
                operation -> operation.kind() == SimulatedOperation.Kind.FORCE, 1, SimulatedStorage.IO_ERROR));
        assertThatIOException().isThrownBy(file::force).withMessageContaining(SimulatedStorage.IO_ERROR);
        return file;
    }

    @Test
    void aWriteMayFailHalfway() throws IOException {
        storage.inject(SimulatedFault.shortWrite(
                operation -> operation.kind() == SimulatedOperation.Kind.WRITE, 1, 70, SimulatedStorage.IO_ERROR));
        try (StorageFile file = storage.create("file")) {
            assertThatIOException()
                    .isThrownBy(() -> file.write(filled(1), 0))
                    .withMessageContaining(SimulatedStorage.IO_ERROR);
        }
        assertThat(storage.bytes("file")).hasSize(70);
    }

    @Test
    void aProcessMayDieBetweenThePiecesOfAWrite() throws IOException {
        storage.longestWrite(512);
        StorageFile file = storage.create("file");
        storage.crashAt(2);
        assertThatExceptionOfType(SimulatedStorage.Crash.class).isThrownBy(() -> file.write(filled(1), 0));
        assertThat(storage.bytes("file")).hasSize(1024);
    }

    @Test
    void anOperationMayTakeLong() throws IOException {
        long before = storage.currentTimeMillis();
        storage.inject(SimulatedFault.stall(
                operation -> operation.kind() == SimulatedOperation.Kind.FORCE_DIRECTORY, 2, 3_000));
        storage.forceDirectory();
        assertThat(storage.currentTimeMillis()).isEqualTo(before);
        storage.forceDirectory();
        assertThat(storage.currentTimeMillis()).isEqualTo(before + 3_000);
    }

    @Test
    void namesThatAFailedForceLostAreNotMadeLastByTheNext() throws IOException {
        loseTheNameOf("lost");

        storage.create("next").close();
        storage.forceDirectory();

        assertThat(storage.names()).as("while the machine runs").contains("lost", "next");
        assertThat(powerCutWithNothingPending().names()).containsExactly("next");
    }

    @Test
    void aNameThatIsGivenAnewEndsTheDoubt() throws IOException {
        loseTheNameOf("first");
        loseTheNameOf("deleted");
        storage.rename("first", "second");
        storage.delete("deleted");
        storage.forceDirectory();

        assertThat(storage.pending()).isEmpty();
        assertThat(powerCutWithNothingPending().names()).containsExactly("second");
    }

    private void loseTheNameOf(String name) throws IOException {
        storage.losesNames(true);
        storage.create(name).close();
        storage.fail(SimulatedStorage.startingWith("forceDirectory"), 1, SimulatedStorage.IO_ERROR);
        assertThatIOException().isThrownBy(storage::forceDirectory);
        storage.heal();
    }

    private SimulatedStorage powerCutWithNothingPending() {
        return storage.powerCut(storage.pending(), new BitSet());
    }

    @Test
    void blocksThatWereNeverWrittenMayShowWhatADeletedFileHeld() throws IOException {
        storage.showStaleBlocks();
        StorageFile old = storage.create("old");
        old.write(filled(1), 0);
        old.close();
        storage.delete("old");
        StorageFile file = storage.create("new");
        file.write(filled(2).limit(SimulatedStorage.SECTOR_LENGTH), 0);
        file.force();
        storage.forceDirectory();
        file.write(filled(0), SimulatedStorage.SECTOR_LENGTH);

        Set<Byte> read = new HashSet<>();
        for (long seed = 0; seed < 100; seed++) {
            byte[] left = storage.powerCut(seed).bytes("new");
            assertThat(Arrays.copyOf(left, SimulatedStorage.SECTOR_LENGTH)).containsOnly((byte) 2);
            if (left.length > 3 * SimulatedStorage.SECTOR_LENGTH) {
                read.add(left[2 * SimulatedStorage.SECTOR_LENGTH]);
            }
        }
        assertThat(read).contains((byte) 0, (byte) 1).hasSizeGreaterThan(5);
        file.close();
    }

    @Test
    void failuresAreToldInTheLanguageThatIsSpoken() throws IOException {
        for (SimulatedLanguage language : SimulatedLanguage.values()) {
            storage.language(language);
            storage.failAlways(SimulatedStorage.startingWith("create"), SimulatedStorage.NO_SPACE);
            assertThatIOException()
                    .isThrownBy(() -> storage.create("file"))
                    .withMessageContaining(
                            switch (language) {
                                case ENGLISH -> SimulatedStorage.NO_SPACE;
                                case GERMAN -> "kein Speicherplatz";
                                case NONE -> "FileSystemException";
                            })
                    .satisfies(failure -> assertThat(failure.getMessage().contains(SimulatedStorage.NO_SPACE))
                            .isEqualTo(language == SimulatedLanguage.ENGLISH));
            storage.heal();
        }
    }

    @Test
    void timePassesHoweverTheClockIsSet() {
        long before = storage.currentTimeMillis();
        storage.setClock(-TimeUnit.DAYS.toMillis(3_650));
        storage.advanceClock(5);
        assertThat(storage.currentTimeMillis()).isLessThan(before);
        assertThat(storage.nanoTime()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(5));
    }

    @Test
    void aReleasedWorldsMemoryIsCleanInTheNext() throws IOException {
        storage.put("file", new byte[] {1, 2, 3});
        storage.release();
        SimulatedStorage next = new SimulatedStorage();
        try (StorageFile file = next.create("file")) {
            file.write(filled(1).limit(1), 4_000);
        }
        assertThat(Arrays.copyOf(next.bytes("file"), 4_000)).containsOnly((byte) 0);
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
