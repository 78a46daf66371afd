package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.LogEvents;
import dev.poro.engine.tools.Salvage;
import dev.poro.engine.tools.SalvageReport;
import dev.poro.engine.tools.SnapshotVerificationReport;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.EventType;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.SegmentReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log whose first segments were released: whoever reads it does so on behind the snapshots that stand for them. */
@Tag("R22")
class ReleasedLogTest {
    @TempDir
    private Path directory;

    private Path log;
    private long older;
    private long newer;
    private long digest;
    private long firstLeft;
    private long lastSequence;

    /** Snapshots of two sequences; what is wholly below the older one is gone. */
    @BeforeEach
    void writeAndRelease() {
        log = directory.resolve("poro.wal");
        try (Poro poro = open()) {
            setMany(poro, 0, 65);
            older = poro.snapshot();
            setMany(poro, 20, 80);
            newer = poro.snapshot();
            setMany(poro, 40, 100);
            poro.delete("key-1");
            digest = poro.digest();
        }
        firstLeft = verify().log().firstSequence();
        lastSequence = verify().log().lastSequence();
        assertThat(firstLeft).isGreaterThan(1).isLessThan(older);
    }

    @Test
    void opensWithAllItsContents() {
        try (Poro poro = open()) {
            assertThat(poro.digest()).isEqualTo(digest);
            assertThat(poro.get("key-0")).endsWith("00");
        }
    }

    @Test
    @Tag("R25")
    void isVerifiedFromTheOlderSnapshotThroughTheNewerToTheEnd() {
        VerificationReport verified = verify();

        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(verified.log().snapshot().summary().sequence()).isEqualTo(older);
        assertThat(verified.log().firstSequence()).isEqualTo(firstLeft);
        assertThat(verified.log().lastSequence()).isEqualTo(lastSequence);
        assertThat(verified.events()).isEqualTo(lastSequence - older);
        assertThat(verified.digest()).isEqualTo(digest);
        assertThat(verified.digestsChecked()).isTrue();
        assertThat(verified.recordsByType().get(EventType.DIGEST_MARK)).isPositive();
        assertThat(verified.snapshots()).hasSize(2).allMatch(SnapshotVerificationReport::opens);
        assertThat(verified.snapshots().get(1).agrees()).isTrue();
    }

    @Test
    void isVerifiedFromTheNewerSnapshotWhereTheOlderOneIsDamaged() throws IOException {
        DamagedFile.flip(snapshot(older), 300);

        VerificationReport verified = verify();

        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(verified.log().snapshot().summary().sequence()).isEqualTo(newer);
        assertThat(verified.digest()).isEqualTo(digest);
        assertThat(verified.snapshots().get(0).problem().cause()).contains("checksum");
    }

    @Test
    @Tag("R23")
    void isDamagedWhereNoSnapshotIsWhole() throws IOException {
        DamagedFile.flip(snapshot(older), 300);
        DamagedFile.flip(snapshot(newer), 300);

        VerificationReport verified = verify();

        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThat(verified.log().description()).contains("segment 1 is missing");
        assertThat(verified.events()).isZero();
        assertThat(dump()).isEmpty();
        assertThatExceptionOfType(StoreDamagedException.class).isThrownBy(this::open);
    }

    @Test
    void isDamagedWhereTheEndIsLostThatASnapshotShows() throws IOException {
        for (SegmentReport segment : verify().log().segments()) {
            if (segment.firstSequence() == 0 || segment.lastSequence() >= newer) {
                Files.delete(log.resolve(segment.file()));
            }
        }

        assertThat(verify().log().verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThatExceptionOfType(StoreDamagedException.class).isThrownBy(this::open);
    }

    @Test
    void isDumpedFromItsFirstEventOn() throws IOException {
        List<Long> sequences = dump();

        assertThat(sequences).hasSize((int) (lastSequence - firstLeft + 1)).isSorted();
        assertThat(sequences.get(0)).isEqualTo(firstLeft);
    }

    @Test
    @Tag("R11")
    void isSalvagedWithTheContentsOfTheOlderSnapshot() {
        SalvageReport report = salvage();

        assertThat(report.isComplete()).isTrue();
        assertThat(report.snapshot().summary().sequence()).isEqualTo(older);
        assertThat(report.digest()).isEqualTo(digest);
        assertThat(report.source().events()).isEqualTo(lastSequence - older);
        assertThat(report.events()).isEqualTo(1 + 65 + lastSequence - older);
        VerificationReport verified = verify(directory.resolve("new.wal"));
        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(verified.digest()).isEqualTo(digest);
        assertThat(verified.memory().budget()).isEqualTo(1 << 20);
    }

    /** All that is damaged has its outcome in the newer snapshot. */
    @Test
    @Tag("R11")
    void losesNothingToDamageBelowTheNewerSnapshot() throws IOException {
        DamagedFile.flip(segmentOf(older + 30), 300);

        SalvageReport report = salvage();

        assertThat(report.isComplete()).isTrue();
        assertThat(report.snapshot().summary().sequence()).isEqualTo(newer);
        assertThat(report.digest()).isEqualTo(digest);
    }

    @Test
    @Tag("R11")
    void losesWhatIsDamagedBehindTheNewerSnapshot() throws IOException {
        DamagedFile.flip(segmentOf(newer + 30), 300);

        SalvageReport report = salvage();

        assertThat(report.isComplete()).isFalse();
        assertThat(report.snapshot().summary().sequence()).isEqualTo(older);
        assertThat(report.source().missingEvents()).isEqualTo(1);
        assertThat(report.source().problems())
                .extracting(LogProblem::cause)
                .containsExactly("frame body fails its checksum");
        assertThat(verify(directory.resolve("new.wal")).log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
    }

    @Test
    @Tag("R11")
    void salvagesASnapshotThatTheLogDoesNotReachBackTo() throws IOException {
        for (SegmentReport segment : verify().log().segments()) {
            if (segment.firstSequence() <= newer + 1) {
                Files.delete(log.resolve(segment.file()));
            }
        }

        SalvageReport report = salvage();

        assertThat(report.isComplete()).isFalse();
        assertThat(report.snapshot().summary().sequence()).isEqualTo(newer);
        assertThat(report.source().missingEvents()).isPositive();
        assertThat(report.keys()).isEqualTo(99);
    }

    /** The store was opened with less memory than its contents took. */
    @Test
    @Tag("R11")
    void salvagesContentsBeyondTheBudget() {
        try (Poro poro =
                Poro.at(log).smallMemory(40_000).segmentLength(16 << 10).open()) {
            assertThat(poro.memory().used()).isGreaterThan(40_000);
            poro.snapshot();
            poro.delete("key-2");
            poro.snapshot();
            digest = poro.digest();
        }
        SalvageReport report = salvage();

        assertThat(report.refused()).isZero();
        assertThat(report.isComplete()).isTrue();
        assertThat(report.digest()).isEqualTo(digest);
        assertThat(verify(directory.resolve("new.wal")).memory().budget()).isEqualTo(40_000);
    }

    private SalvageReport salvage() {
        return Salvage.run(log, directory.resolve("new.wal"), false, 0, Progress.NONE);
    }

    private List<Long> dump() throws IOException {
        List<Long> sequences = new ArrayList<>();
        LogEvents.run(log, (sequence, timestamp, record) -> sequences.add(sequence), Progress.NONE);
        return sequences;
    }

    private VerificationReport verify() {
        return verify(log);
    }

    private static VerificationReport verify(Path path) {
        return Verification.run(path, Progress.NONE);
    }

    private Path segmentOf(long sequence) {
        return verify().log().segments().stream()
                .filter(segment -> segment.lastSequence() >= sequence)
                .map(segment -> log.resolve(segment.file()))
                .findFirst()
                .orElseThrow();
    }

    private Path snapshot(long sequence) {
        return log.resolve(String.format(Locale.ROOT, "%019d.snapshot", sequence));
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
                .eventsPerMark(10)
                .threading(Threading.CALLER)
                .open();
    }
}
