package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.poro.events.EventType;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every small damage at every place: recovery refuses, or it serves a log that is right as far as it goes. */
@Tag("R7")
@Tag("R8")
class RecoveryDamageTest {
    private static final String FIRST = "0000000001.wal";
    private static final String SECOND = "0000000002.wal";

    private final SimulatedStorage storage = new SimulatedStorage();
    private List<Event> written;
    private int lastFrame;

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void everyFlippedBitIsRefusedUnlessItIsInTheLastFrameOrBehind(SyncPolicy policy) throws IOException {
        writeLog(policy, 14);
        int used = TestLogs.endOf(storage, FIRST);
        int step = TestScale.choose(61, 1);
        for (long bit = 0; bit < TestLog.SEGMENT_LENGTH * 8L; bit += bit < used * 8L ? 1 : step) {
            storage.flipBit(FIRST, bit);
            assertServedUpToTheLastFrameAtLeast("bit " + bit, bit / 8 >= lastFrame);
            storage.flipBit(FIRST, bit);
        }
    }

    @Test
    void everyZeroedSectorIsRefusedOrCostsOnlyWhatLiesThereOrBehind() throws IOException {
        writeLog(SyncPolicy.ALWAYS, 60);
        byte[] whole = storage.bytes(FIRST);
        for (int from = 0; from < whole.length; from += 512) {
            byte[] damaged = whole.clone();
            Arrays.fill(damaged, from, from + 512, (byte) 0);
            storage.put(FIRST, damaged);
            List<Event> read = readUnlessRefused("sector at " + from);
            if (read != null) {
                assertThat(read).isEqualTo(written.subList(0, read.size()));
                // Only the sector of the last frames can be lost unnoticed: nothing behind it can prove them.
                assertThat(read.size() == written.size() || from + 512 >= TestLogs.endOf(storage, FIRST))
                        .as("sector at %d", from)
                        .isTrue();
                assertThat(from + 512 > lastFrame).as("sector at %d", from).isTrue();
            }
        }
    }

    @Test
    void aLogCutAtAnyByteIsServedUpToTheLastWholeFrame() throws IOException {
        writeLog(SyncPolicy.ALWAYS, 24);
        storage.remove(StoreFile.NAME);
        byte[] whole = storage.bytes(FIRST);
        int end = TestLogs.endOf(storage, FIRST);
        List<Integer> frameEnds = frameEnds(whole, end);
        for (int length = 0; length <= end + 16; length++) {
            storage.put(FIRST, Arrays.copyOf(whole, length));
            List<Event> read = readUnlessRefused("cut at " + length);
            if (length < SegmentDescriptor.HEADER_LENGTH) {
                assertThat(read).as("cut at %d", length).isNull();
                continue;
            }
            int at = length;
            int frames =
                    (int) frameEnds.stream().filter(frameEnd -> frameEnd <= at).count();
            assertThat(read).as("cut at %d", length).isEqualTo(written.subList(0, frames));
        }
    }

    @Test
    @Tag("R40")
    void aLogCutAnywhereAfterACleanCloseIsRefused() throws IOException {
        writeLog(SyncPolicy.ALWAYS, 24);
        byte[] whole = storage.bytes(FIRST);
        int end = TestLogs.endOf(storage, FIRST);
        for (int length = 0; length < end; length++) {
            storage.put(FIRST, Arrays.copyOf(whole, length));
            assertThat(readUnlessRefused("cut at " + length))
                    .as("cut at %d", length)
                    .isNull();
        }
        storage.put(FIRST, Arrays.copyOf(whole, end));
        assertThat(readUnlessRefused("cut at the end")).isEqualTo(written);
    }

    @Test
    void aLogCutAtAnyByteIsOpenedAndGoesOn() throws IOException {
        writeLog(SyncPolicy.ALWAYS, 6);
        storage.remove(StoreFile.NAME);
        byte[] whole = storage.bytes(FIRST);
        int end = TestLogs.endOf(storage, FIRST);
        for (int length = SegmentDescriptor.HEADER_LENGTH; length <= end; length += 7) {
            SimulatedStorage cut = storage.copy();
            cut.put(FIRST, Arrays.copyOf(whole, length));
            List<Event> after;
            try (TestLog log = TestLog.open(cut, SyncPolicy.ALWAYS)) {
                log.append("after", "the cut");
                after = log.all();
            }
            try (TestLog log = TestLog.open(cut, TestLog.strict(SyncPolicy.ALWAYS))) {
                assertThat(log.replayed()).as("cut at %d", length).isEqualTo(after);
            }
        }
    }

    @Test
    void everyFlippedBitOfAPreparedSegmentsHeaderIsRefusedOrHarmless() throws IOException {
        writeLog(SyncPolicy.OS, 6);
        storage.put(SECOND, preparedSegment());
        for (long bit = 0; bit < 140 * 8; bit++) {
            storage.flipBit(SECOND, bit);
            List<Event> read = readUnlessRefused("bit " + bit);
            assertThat(read == null || read.equals(written)).as("bit %d", bit).isTrue();
            assertThat(read == null).as("bit %d", bit).isEqualTo(bit < 64 * 8);
            storage.flipBit(SECOND, bit);
        }
    }

    private byte[] preparedSegment() throws IOException {
        try (StorageFile file = storage.openReadOnly(FIRST)) {
            long logId = SegmentHeader.read(file, FIRST).logId;
            return new SegmentBuilder(2, logId, 77, TestLog.SEGMENT_LENGTH, 2).bytes();
        }
    }

    /** One segment, a frame for each event, and the mark of a clean close. */
    private void writeLog(SyncPolicy policy, int events) throws IOException {
        try (TestLog log = TestLog.open(storage, policy)) {
            for (int i = 0; i < events; i++) {
                if (i % 5 == 4) {
                    log.publishDelete("key-" + i).handle();
                } else {
                    log.append("key-" + i, "v".repeat(i * 7 % 50));
                }
            }
            log.closeCleanly();
            written = new ArrayList<>(log.acknowledged());
            written.addAll(log.marks());
        }
        assertThat(written).hasSize(events + 1);
        assertThat(written.get(events).type()).isEqualTo(EventType.CLEAN_CLOSE);
        lastFrame = TestLogs.endOf(storage, FIRST) - FrameDescriptor.markFrameLength(0);
    }

    private static List<Integer> frameEnds(byte[] segment, int end) {
        List<Integer> ends = new ArrayList<>();
        int at = SegmentDescriptor.HEADER_LENGTH;
        while (at < end) {
            at += ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
            ends.add(at);
        }
        return ends;
    }

    private void assertServedUpToTheLastFrameAtLeast(String damage, boolean mayBeServed) {
        List<Event> read = readUnlessRefused(damage);
        if (read == null) {
            return;
        }
        if (!mayBeServed) {
            fail("%s: served %d of %d events", damage, read.size(), written.size());
        }
        if (read.size() < written.size() - 1 || !written.subList(0, read.size()).equals(read)) {
            fail("%s: served %s", damage, read);
        }
    }

    /** The events that opening would replay, or {@code null} if it would refuse. */
    private List<Event> readUnlessRefused(String damage) {
        storage.clearOperations();
        List<Event> read = new ArrayList<>();
        try {
            RecoveryReport report = TestLogs.examine(storage, TestLog.collectorWithMarks(read));
            if (report.verdict() == RecoveryReport.Verdict.DAMAGED) {
                assertThat(report.toException()).hasMessageContaining(report.description());
                return null;
            }
            assertThat(report.lastSequence())
                    .isEqualTo(read.stream()
                            .filter(event -> !event.type().isMark())
                            .count());
            return read;
        } catch (LogDamagedException refused) {
            return null;
        } catch (IOException | RuntimeException other) {
            return fail(damage, other);
        }
    }
}
