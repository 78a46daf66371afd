package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.Outcome;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * R19: the journaling thread is often the application's; its interrupts are its own affair.
 *
 * @see dev.poro.wal.storage.Uninterrupted
 */
@Tag("R19")
@Timeout(60)
class InterruptTest {
    @TempDir
    private Path directory;

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    @ParameterizedTest
    @CsvSource({"ALWAYS, true", "ALWAYS, false", "EVERYSEC, true", "EVERYSEC, false", "OS, true", "OS, false"})
    void anInterruptedThreadWritesRollsForcesAndClosesAsAnyOther(SyncPolicy policy, boolean mapped) throws IOException {
        Storage storage = new UnmappedWhere(new FileSystemStorage(directory), mapped);
        TestLog log = TestLog.open(storage, policy);

        Thread.currentThread().interrupt();
        for (int i = 0; i < 40; i++) {
            assertThat(log.append("key-" + i, "v".repeat(1_000))).isEqualTo(Outcome.ACCEPTED);
        }
        assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);

        assertThat(Thread.interrupted()).as("the interrupt is still there").isTrue();
        assertThat(log.failStop().isTripped()).isFalse();
        try (TestLog again = TestLog.open(directory, TestLog.strict(policy))) {
            assertThat(again.replayed()).isEqualTo(log.acknowledged());
        }
    }

    @ParameterizedTest
    @CsvSource({"ALWAYS", "EVERYSEC", "OS"})
    void anInterruptedThreadClosesALockedLogAndTheLockIsFree(SyncPolicy policy) throws IOException {
        TestLog log = TestLog.open(directory, TestLog.settings(policy));
        Thread.currentThread().interrupt();
        log.append("a", "1");
        log.close();
        assertThat(Thread.interrupted()).isTrue();
        TestLog.open(directory, TestLog.strict(policy)).close();
    }

    /** A file system as it is, but for what it promises about mappings. */
    @Test
    void anInterruptedThreadIsToldHowTheLogStands() throws IOException {
        try (TestLog log =
                TestLog.open(directory, TestLog.settings(SyncPolicy.OS)).startSnapshots()) {
            log.append("a", "1");
            Thread.currentThread().interrupt();
            assertThat(log.log().status().lastSequence()).isEqualTo(1);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** Of the segments before the last, nothing is needed to tell. */
    @Test
    @Tag("R36")
    void howTheLogStandsIsToldAlthoughSomebodyHasCutAnOldSegment() throws IOException {
        try (TestLog log =
                TestLog.open(directory, TestLog.settings(SyncPolicy.ALWAYS)).startSnapshots()) {
            log.appendMany(20, 1_000);
            Files.write(directory.resolve("0000000001.wal"), new byte[0]);
            assertThat(log.log().status().lastSequence()).isEqualTo(20);
            assertThat(log.log().status().firstSequence()).isGreaterThan(1);
        }
    }

    private static final class UnmappedWhere extends ForwardingStorage {
        private final boolean mapped;

        UnmappedWhere(Storage storage, boolean mapped) {
            super(storage);
            this.mapped = mapped;
        }

        @Override
        public boolean mapsSafely() {
            return mapped;
        }
    }
}
