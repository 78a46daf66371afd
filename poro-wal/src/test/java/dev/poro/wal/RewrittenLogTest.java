package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What is left of a damaged log, written into a new one.
 *
 * @see dev.poro.wal.storage.FileCopy
 */
@Tag("R11")
class RewrittenLogTest {
    private static final String SECOND = "0000000002.wal";

    private final SimulatedStorage source = new SimulatedStorage();
    private final SimulatedStorage target = new SimulatedStorage();
    private List<Event> written;

    /** Three segments; the clock moves between the batches. */
    @BeforeEach
    void writeThreeSegments() throws IOException {
        try (TestLog log = TestLog.open(source, SyncPolicy.ALWAYS)) {
            for (int i = 0; i < 18; i++) {
                log.publish("one-" + i, "v".repeat(1_000)).publish("two-" + i, "w".repeat(900));
                log.handle();
                source.advanceClock(i % 5 == 4 ? -3 : 7);
            }
            written = log.acknowledged();
        }
        assertThat(source.names()).contains("0000000003.wal");
    }

    @Test
    void keepsOrderTimesAndFramesAndNumbersFromOne() throws IOException {
        source.flipBit(SECOND, 200 * 8L);
        ScannedLog damaged = ScannedLog.of(source);
        assertThat(damaged.events).hasSize(written.size() - 2);

        rewrite(target);

        ScannedLog rewritten = ScannedLog.of(target);
        assertThat(rewritten.problems()).isEmpty();
        assertThat(rewritten.events).isEqualTo(renumbered(damaged.events));
        assertThat(rewritten.frames).startsWith(2, 2, 2).last().isEqualTo(2);
    }

    @Test
    void theNewLogIsClosedCleanlyAndOpensUnderStrict() throws IOException {
        rewrite(target);

        RecoveryReport report = TestLogs.examine(target);
        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(report.closedCleanly()).isTrue();
        assertThat(report.durableSequence()).isEqualTo(written.size());
        try (TestLog log = TestLog.open(target, TestLog.strict(SyncPolicy.ALWAYS))) {
            log.append("after", "1");
            assertThat(log.all()).hasSize(written.size() + 1);
        }
    }

    @Test
    void theNewLogHasAnIdentityAndSaltsOfItsOwn() throws IOException {
        rewrite(target);

        SegmentHeader old = headerOf(source, SECOND);
        SegmentHeader now = headerOf(target, SECOND);
        assertThat(now.logId).isNotEqualTo(old.logId);
        assertThat(now.salt).isNotEqualTo(old.salt);
    }

    @Test
    void nothingOfItIsLostToAPowerCutOnceItIsFinished() throws IOException {
        rewrite(target);
        List<Event> whole = ScannedLog.of(target).events;
        target.forceDirectory();

        for (int seed = 0; seed < 50; seed++) {
            SimulatedStorage after = target.powerCut(seed);
            List<Event> read = new ArrayList<>();
            assertThat(TestLogs.examine(after, TestLog.collectorOf(read)).verdict())
                    .as("seed %d", seed)
                    .isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(read).as("seed %d", seed).isEqualTo(whole);
        }
    }

    @Test
    void readingChangesNothingInTheSource() throws IOException {
        source.clearOperations();

        rewrite(target);

        assertThat(source.operations())
                .isNotEmpty()
                .allMatch(operation -> operation.matches("(list|openReadOnly|read|length|close)\\b.*"));
    }

    @Test
    @Tag("R20")
    void aFullDiskEndsItWithAnError() {
        target.capacity(2 * TestLog.SEGMENT_LENGTH + 100);

        assertThatIOException()
                .isThrownBy(() -> rewrite(target))
                .withMessageContaining(SimulatedStorage.NO_SPACE)
                .withMessageContaining("make room");
        assertThat(target.openFiles()).isEmpty();
    }

    @Test
    @Tag("R18")
    void everyFailedForceOrWriteEndsItWithAnError() throws IOException {
        SimulatedStorage probe = new SimulatedStorage();
        rewrite(probe);
        long changes = probe.operations().stream()
                .filter(SimulatedStorage.startingWith("force", "write"))
                .count();
        assertThat(changes).isGreaterThan(8);
        for (int nth = 1; nth <= changes; nth++) {
            SimulatedStorage failing = new SimulatedStorage();
            failing.fail(SimulatedStorage.startingWith("force", "write"), nth, SimulatedStorage.IO_ERROR);
            boolean failed = false;
            try {
                rewrite(failing);
            } catch (IOException e) {
                failed = true;
                assertThat(e).as("operation %d", nth).hasMessageContaining(SimulatedStorage.IO_ERROR);
            }
            // The segment that is prepared ahead and not needed may fail: it is no part of what was promised.
            assertThat(failed || TestLogs.examine(failing).lastSequence() == written.size())
                    .as("operation %d", nth)
                    .isTrue();
        }
    }

    private void rewrite(Storage storage) throws IOException {
        try (RewrittenLog log = new RewrittenLog(storage, null, TestLog.SEGMENT_LENGTH, Retention.NONE)) {
            new DamageScan(source, Segments.read(source), new Copier(log), ReplayProgress.NONE).scan(1);
            int length = RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH);
            ByteBuffer mark = ByteBuffer.allocateDirect(length);
            RecordEncoder.encodeMark(RawMemory.addressOf(mark), EventType.CLEAN_CLOSE, 1, 2, 3);
            log.finish(new RecordFlyweight().wrap(RawMemory.addressOf(mark)));
        }
    }

    private record Copier(RewrittenLog log) implements LogVisitor {
        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
            log.append(timestamp, record);
        }

        @Override
        public void onFrameEnd() throws IOException {
            log.endFrame();
        }
    }

    private static List<Event> renumbered(List<Event> events) {
        List<Event> renumbered = new ArrayList<>();
        for (Event event : events) {
            renumbered.add(
                    new Event(renumbered.size() + 1, event.timestamp(), event.type(), event.key(), event.value()));
        }
        return renumbered;
    }

    private static SegmentHeader headerOf(Storage storage, String name) throws IOException {
        try (StorageFile file = storage.openReadOnly(name)) {
            return SegmentHeader.read(file, name);
        }
    }
}
