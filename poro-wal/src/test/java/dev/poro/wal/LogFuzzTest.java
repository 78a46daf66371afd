package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.poro.events.Outcome;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/**
 * Whatever the segment files hold: the log is served or refused, with our exception. The inputs are read as
 * {@link FuzzedLog} says.
 */
class LogFuzzTest {
    private static final String FIRST = SegmentDescriptor.nameOf(1);

    @FuzzTest(maxDuration = "30s")
    @Tag("R2")
    @Tag("R5")
    void readsFramesOfAnyBytes(byte[] data) throws IOException {
        SimulatedStorage storage = FuzzedLog.of(data);
        if (!storage.names().contains(FIRST)) {
            return;
        }
        SegmentHeader header;
        try (StorageFile file = storage.openReadOnly(FIRST)) {
            header = SegmentHeader.read(file, FIRST);
        } catch (LogDamagedException refused) {
            return;
        }
        try (FrameReader frames = new FrameReader(storage.openReadOnly(FIRST), header)) {
            int end = SegmentDescriptor.HEADER_LENGTH;
            while (frames.next()) {
                assertThat(frames.offset()).isEqualTo(end);
                assertThat(frames.recordCount()).isGreaterThanOrEqualTo(header.version == 1 ? 1 : 0);
                end += frames.length();
                assertThat(end).isGreaterThan(frames.offset()).isLessThanOrEqualTo(storage.bytes(FIRST).length);
            }
            assertThat(frames.offset()).isEqualTo(end);
            int proof = frames.findProofThatDurable(1, HeaderBound.NONE);
            assertThat(proof == -1 || proof >= end).isTrue();
            assertThat(frames.endOfNonZero()).isGreaterThanOrEqualTo(end);
        }
    }

    @FuzzTest(maxDuration = "30s")
    @Tag("R7")
    @Tag("R9")
    void servesOrRefusesAnyLog(byte[] data) throws IOException {
        SimulatedStorage storage = FuzzedLog.of(data);
        Map<String, ByteBuffer> before = storage.contents();
        List<Event> examined = new ArrayList<>();
        RecoveryReport report = TestLogs.examine(storage, TestLog.collectorOf(examined));
        assertThat(storage.contents()).isEqualTo(before);

        if (report.verdict() == RecoveryReport.Verdict.DAMAGED) {
            assertThatExceptionOfType(LogDamagedException.class)
                    .isThrownBy(() -> TestLog.open(storage, SyncPolicy.OS))
                    .withMessageContaining(report.description());
            assertThat(storage.contents()).isEqualTo(before);
            return;
        }
        List<Event> written;
        try (TestLog log = TestLog.open(storage, SyncPolicy.OS)) {
            assertThat(log.replayed()).isEqualTo(examined);
            assertThat(log.append("after", "the fuzzer")).isEqualTo(Outcome.ACCEPTED);
            log.closeCleanly();
            written = log.all();
        }
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.OS))) {
            assertThat(log.replayed()).isEqualTo(written);
            assertThat(log.recovery().closedCleanly()).isTrue();
        }
    }
}
