package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A verification finishes the log and lists every problem; its verdict is that of opening.
 *
 * @see dev.poro.engine.internal.Replay
 * @see VerificationReport
 */
@Tag("R11")
class VerificationTest {
    @TempDir
    private Path directory;

    private Path log;

    /** Frames of one event each, in several segments. */
    @BeforeEach
    void writeLog() {
        log = directory.resolve("poro.wal");
        try (Poro poro = open()) {
            for (int i = 0; i < 40; i++) {
                poro.set("key-" + (10 + i), "v".repeat(1_000));
            }
        }
    }

    @Test
    void aSoundLogHasNoProblems() {
        VerificationReport verified = verify();

        assertThat(verified.problems()).isEmpty();
        assertThat(verified.problemCount()).isZero();
        assertThat(verified.strayFiles()).isEmpty();
    }

    @Test
    void listsDamagedFramesOfSeveralSegmentsAndAMissingOne() throws IOException {
        flip(1, 300);
        flip(1, 300 + 4_000);
        Files.delete(segment(2));
        flip(3, 300);

        VerificationReport verified = verify();

        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThat(verified.log().lastSequence()).isEqualTo(1);
        assertThat(verified.events()).isEqualTo(1);
        assertThat(verified.problems())
                .extracting(LogProblem::cause)
                .containsExactly(
                        "frame body fails its checksum",
                        "frame body fails its checksum",
                        "segment 2, which comes before, is missing",
                        "frame body fails its checksum");
        assertThat(verified.problems().get(0).firstSequence()).isEqualTo(2);
        assertThat(verified.problems()).extracting(LogProblem::missing).doesNotContain("no event is missing");
    }

    @Test
    void listsADamagedHeaderBesideTheRest() throws IOException {
        flip(2, 30);
        flip(3, 300);

        VerificationReport verified = verify();

        assertThat(verified.problems())
                .extracting(LogProblem::cause)
                .containsExactly(
                        "segment header fails its checksum; its salt was recovered from its frames",
                        "frame body fails its checksum");
        assertThat(verified.log().file()).endsWith("0000000002.wal");
    }

    @Test
    void listsASegmentOfAnotherLog() throws IOException {
        Path first = log;
        log = directory.resolve("other.wal");
        writeOther();
        Files.copy(segment(2), directory.resolve("stolen"));
        log = first;
        Files.delete(segment(2));
        Files.copy(directory.resolve("stolen"), segment(2));

        assertThat(verify().problems())
                .extracting(LogProblem::cause)
                .containsExactly("the segment belongs to another log");
    }

    private void writeOther() {
        try (Poro poro = open()) {
            for (int i = 0; i < 40; i++) {
                poro.set("other-" + (10 + i), "v".repeat(1_000));
            }
        }
    }

    @Test
    @Tag("R25")
    void aMarkThatIsNotReachedIsListedThoughNoByteIsWrong() throws IOException {
        Path diverging = directory.resolve("diverging.wal");
        DivergingLog.write(log, diverging);

        VerificationReport verified = Verification.run(diverging, Progress.NONE);

        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThat(verified.problems())
                .satisfiesExactly(
                        problem -> assertThat(problem.cause()).contains("CLEAN_CLOSE states that after sequence 2 "));
        assertThat(verified.problemCount()).isEqualTo(1);
    }

    @Test
    void namesTheFilesThatLieBesideTheLog() throws IOException {
        Files.createFile(log.resolve("0000000001.wal.128.quarantine"));
        Files.createFile(log.resolve("0000000009.wal.tmp"));

        assertThat(verify().strayFiles()).containsExactly("0000000001.wal.128.quarantine", "0000000009.wal.tmp");
    }

    private Poro open() {
        return Poro.at(log)
                .sync(SyncPolicy.OS)
                .memory(1 << 20)
                .segmentLength(16 << 10)
                .threading(Threading.CALLER)
                .open();
    }

    private VerificationReport verify() {
        return Verification.run(log, Progress.NONE);
    }

    private Path segment(int number) {
        return log.resolve("000000000" + number + ".wal");
    }

    private void flip(int number, int offset) throws IOException {
        DamagedFile.flip(segment(number), offset);
    }
}
