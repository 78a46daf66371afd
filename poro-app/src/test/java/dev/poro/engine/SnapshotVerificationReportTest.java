package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.OfflineSnapshot;
import dev.poro.engine.tools.SnapshotVerificationReport;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Snapshots are checked by themselves and against the replay of the log that they stand for.
 *
 * @see dev.poro.engine.tools.CheckedReplay
 */
class SnapshotVerificationReportTest {
    @TempDir
    private Path directory;

    private Path log;
    private Path newer;

    @BeforeEach
    void writeLogWithTwoSnapshots() {
        log = directory.resolve("poro.wal");
        try (Poro poro = open()) {
            setMany(poro, 0, 30);
            assertThat(poro.snapshot()).isEqualTo(31);
            setMany(poro, 20, 50);
            newer = log.resolve(String.format(Locale.ROOT, "%019d.snapshot", poro.snapshot()));
            setMany(poro, 40, 70);
            poro.delete("key-1");
        }
    }

    @Test
    @Tag("R25")
    void provesThatEachLeadsToWhereTheLogLeads() {
        VerificationReport verified = verify();
        assertThat(verified.snapshots()).hasSize(2);
        assertThat(verified.snapshots()).allMatch(snapshot -> snapshot.opens() && snapshot.agrees());
        assertThat(verified.snapshots())
                .extracting(SnapshotVerificationReport::problem)
                .containsOnlyNulls();
        assertThat(verified.snapshots().get(1).snapshot().summary().keys()).isEqualTo(50);
    }

    @Test
    void saysWhereASnapshotIsDamaged() throws IOException {
        DamagedFile.flip(newer, 300);
        List<SnapshotVerificationReport> snapshots = verify().snapshots();
        assertThat(snapshots.get(0).agrees()).isTrue();
        assertThat(snapshots.get(1).opens()).isFalse();
        assertThat(snapshots.get(1).problem().cause()).contains("checksum");
        assertThat(snapshots.get(1).problem().file())
                .endsWith(newer.getFileName().toString());
    }

    /** The log goes two ways from one copy on; the snapshot is of the other one, and nothing of it lasts. */
    @Test
    @Tag("R25")
    void findsASnapshotOfAnotherStateThatLaterEventsHide() throws IOException {
        Path ours = log;
        Path theirs = directory.resolve("theirs.wal");
        Files.createDirectory(theirs);
        try (Stream<Path> files = Files.list(ours)) {
            for (Path file : files.toList()) {
                Files.copy(file, theirs.resolve(file.getFileName()));
            }
        }
        log = theirs;
        Path snapshot;
        try (Poro poro = open()) {
            poro.set("key-5", "theirs");
            snapshot = Path.of(String.format(Locale.ROOT, "%019d.snapshot", poro.snapshot()));
        }
        log = ours;
        try (Poro poro = open()) {
            poro.set("key-5", "ours");
            poro.set("key-5", "everybody's");
        }
        Files.copy(theirs.resolve(snapshot), ours.resolve(snapshot));

        SnapshotVerificationReport verified = verify().snapshots().get(2);

        assertThat(verified.agrees()).isFalse();
        assertThat(verified.problem().cause()).startsWith("the snapshot holds 69 keys with digest");
    }

    @Test
    @Tag("R23")
    void findsThatDamagedHistoryIsNotNeededToOpen() throws IOException {
        DamagedFile.flip(log.resolve("0000000001.wal"), 300);
        VerificationReport verified = verify();
        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThat(verified.snapshots())
                .extracting(SnapshotVerificationReport::opens)
                .contains(true);
        try (Poro poro = open()) {
            assertThat(poro.keys()).isEqualTo(69);
        }
    }

    @Test
    void takesASnapshotOfAStoreThatIsNotOpenAndKeepsItsBudget() {
        long keys = verify().keys();
        assertThat(OfflineSnapshot.run(log, Progress.NONE).keys()).isEqualTo(keys);
        VerificationReport verified = verify();
        assertThat(verified.memory().budget()).isEqualTo(1 << 20);
        assertThat(verified.snapshots()).hasSize(3).allMatch(SnapshotVerificationReport::agrees);
        assertThat(verified.log().firstSequence()).isEqualTo(1);
    }

    @Test
    void takesNoSnapshotWhereThereIsNoLog() {
        Path nowhere = directory.resolve("nowhere");
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> OfflineSnapshot.run(nowhere, Progress.NONE))
                .withMessageContaining("nowhere");
        assertThat(nowhere).doesNotExist();
    }

    private static void setMany(Poro poro, int from, int to) {
        for (int key = from; key < to; key++) {
            poro.set("key-" + key, "v".repeat(1_000) + key + from);
        }
    }

    private Poro open() {
        return Poro.at(log)
                .sync(SyncPolicy.OS)
                .memory(1 << 20)
                .segmentLength(16 << 10)
                .retain(Retention.ALL)
                .threading(Threading.CALLER)
                .open();
    }

    private VerificationReport verify() {
        return Verification.run(log, Progress.NONE);
    }
}
