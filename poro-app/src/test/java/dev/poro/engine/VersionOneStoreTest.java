package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.tools.Salvage;
import dev.poro.engine.tools.SalvageReport;
import dev.poro.engine.tools.SnapshotVerificationReport;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.EventType;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that the program wrote before there was a version 2 of the format, with two snapshots and all its history,
 * opens and goes on. The files stay as they are for ever.
 */
@Tag("R25")
class VersionOneStoreTest {
    private static final List<String> FILES = List.of(
            "0000000000000000069.snapshot",
            "0000000000000000109.snapshot",
            "0000000001.wal",
            "0000000002.wal",
            "STORE");

    private static final long KEYS = 67;
    private static final long DIGEST = 0x5cf59938d34af15cL;
    /** The last is the mark of the clean close: in version 1, marks are events. */
    private static final long LAST_SEQUENCE = 113;

    private static final byte[] BINARY_KEY = {0, (byte) 0xFF, '\n'};

    @TempDir
    private Path directory;

    private Path log;

    @BeforeEach
    void copy() throws IOException {
        log = Files.createDirectory(directory.resolve("poro.wal"));
        for (String file : FILES) {
            try (InputStream resource = VersionOneStoreTest.class.getResourceAsStream("golden-v1/" + file)) {
                Files.copy(resource, log.resolve(file));
            }
        }
    }

    @Test
    void isVerifiedToTheDigestOfItsMarks() {
        VerificationReport verified = Verification.run(log, Progress.NONE);

        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(verified.log().closedCleanly()).isTrue();
        assertThat(verified.events()).isEqualTo(LAST_SEQUENCE);
        assertThat(verified.recordsByType())
                .containsEntry(EventType.SET, 98L)
                .containsEntry(EventType.DIGEST_MARK, 11L)
                .containsEntry(EventType.CLEAN_CLOSE, 1L);
        assertThat(verified.keys()).isEqualTo(KEYS);
        assertThat(verified.digest()).isEqualTo(DIGEST);
        assertThat(verified.digestsChecked()).isTrue();
        assertThat(verified.snapshots()).hasSize(2).allMatch(SnapshotVerificationReport::agrees);
    }

    @Test
    void isReadWithoutBeingOpened() {
        try (ReadOnlyStore store = ReadOnlyStore.open(log, Progress.NONE)) {
            requireContents(store.get(StoreContract.bytes("key-8")), store.get(BINARY_KEY));
            assertThat(store.keys()).isEqualTo(KEYS);
            assertThat(store.opening().lastSequence()).isEqualTo(LAST_SEQUENCE);
        }
        assertThat(log.toFile().list()).containsExactlyInAnyOrderElementsOf(FILES);
    }

    @Test
    void opensAndTakesEventsOfVersionTwo() {
        long digest;
        try (Poro poro = open()) {
            assertThat(poro.opening().snapshot().sequence()).isEqualTo(109);
            assertThat(poro.keys()).isEqualTo(KEYS);
            assertThat(poro.digest()).isEqualTo(DIGEST);
            requireContents(poro.get(StoreContract.bytes("key-8")), poro.get(BINARY_KEY));

            assertThat(poro.add("counter", 1)).isEqualTo(42);
            assertThat(poro.append("last", " and 2")).isEqualTo(18);
            poro.set("session", "ends", Duration.ofHours(1));
            long sequence = poro.entry("key-1").sequence();
            assertThat(sequence).isLessThan(LAST_SEQUENCE);
            byte[] key = StoreContract.bytes("key-1");
            assertThat(poro.batch().require(key, sequence).delete(key).commit().committed())
                    .isTrue();
            digest = poro.digest();
        }
        VerificationReport verified = Verification.run(log, Progress.NONE);
        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(verified.log().firstSequence()).isEqualTo(1);
        assertThat(verified.log().lastSequence()).isEqualTo(LAST_SEQUENCE + 4);
        assertThat(verified.recordsByType()).containsEntry(EventType.CLEAN_CLOSE, 2L);
        assertThat(verified.digest()).isEqualTo(digest);
        assertThat(verified.digestsChecked()).isTrue();
        try (Poro poro = open()) {
            assertThat(poro.digest()).isEqualTo(digest);
            assertThat(poro.get("counter")).isEqualTo("42");
            assertThat(poro.get("last")).isEqualTo("of version 1 and 2");
            assertThat(poro.entry("session").expiry()).isPresent();
            assertThat(poro.contains("key-1")).isFalse();
            poro.snapshot();
            poro.delete("counter");
        }
        assertThat(Verification.run(log, Progress.NONE).snapshots())
                .hasSize(3)
                .allMatch(SnapshotVerificationReport::agrees);
    }

    @Test
    void isSalvagedWithoutItsMarks() {
        Path target = directory.resolve("new.wal");

        SalvageReport report = Salvage.run(log, target, false, 0, Progress.NONE);

        assertThat(report.isComplete()).isTrue();
        assertThat(report.droppedMarks()).isEqualTo(12);
        assertThat(report.events()).isEqualTo(LAST_SEQUENCE - 12);
        VerificationReport verified = Verification.run(target, Progress.NONE);
        assertThat(verified.digest()).isEqualTo(DIGEST);
        assertThat(verified.keys()).isEqualTo(KEYS);
        assertThat(verified.digestsChecked()).isTrue();
    }

    private Poro open() {
        return Poro.at(log).memory(8 << 20).segmentLength(16 << 10).open();
    }

    private static void requireContents(byte[] replaced, byte[] binary) {
        assertThat(replaced).isEqualTo(StoreContract.bytes("again 8"));
        assertThat(binary).containsExactly(0x80, 0);
    }
}
