package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.Outcome;
import dev.poro.wal.simulated.SimulatedFault;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What opening does about each kind of damage. For damage of every size see {@link RecoveryDamageTest}.
 *
 * @see LogCheck
 * @see LogReader
 * @see RecoveryReport
 * @see Segments
 */
class RecoveryTest {
    private static final String FIRST = "0000000001.wal";
    private static final String SECOND = "0000000002.wal";
    private static final String THIRD = "0000000003.wal";
    private static final int VALUE_LENGTH = 1_000;

    private final SimulatedStorage storage = new SimulatedStorage();
    private List<Event> written;

    /** Three segments in use, thirty frames of one event each; not closed cleanly. */
    @BeforeEach
    void writeThreeSegments() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            written = log.appendMany(35, VALUE_LENGTH).acknowledged();
        }
        assertThat(storage.names()).contains(FIRST, SECOND, THIRD);
    }

    @Test
    void aWholeLogIsServedAsItIs() throws IOException {
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(log.replayed()).isEqualTo(written);
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(log.recovery().durableSequence()).isEqualTo(written.size() - 1);
            assertThat(log.log().durableSequence()).isEqualTo(written.size());
            assertThat(log.recovery().closedCleanly()).isFalse();
        }
    }

    @Test
    @Tag("R10")
    void theLogAndItsDirectoryAreForcedBeforeItIsServed() throws IOException {
        storage.clearOperations();
        try (TestLog log = TestLog.open(storage, SyncPolicy.OS)) {
            assertThat(storage.operations())
                    .containsSubsequence(
                            "write " + THIRD + " 0+" + log.recovery().offset(), "force " + THIRD)
                    .contains("forceDirectory");
        }
    }

    @Test
    @Tag("R7")
    @Tag("R9")
    void aTornLastFrameIsCutOffAndKeptForInspection() throws IOException {
        int end = endOf(THIRD);
        byte[] torn = "a frame that was not finished".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        storage.put(THIRD, with(storage.bytes(THIRD), end, torn));

        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.replayed()).isEqualTo(written);
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
            assertThat(log.recovery().droppedBytes()).isEqualTo(torn.length);
            assertThat(log.recovery().offset()).isEqualTo(end);
            assertThat(log.recovery().file()).endsWith(THIRD);
            assertThat(log.append("after", "1")).isEqualTo(Outcome.ACCEPTED);
        }
        assertThat(storage.bytes(THIRD + "." + end + ".quarantine")).isEqualTo(torn);
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(log.replayed()).hasSize(written.size() + 1);
        }
    }

    @Test
    @Tag("R8")
    @Tag("R11")
    void aLastFrameThatFailsItsChecksumIsCutOffAndStrictRefusesIt() throws IOException {
        storage.flipBit(THIRD, (endOf(THIRD) - 100) * 8L);
        assertRefusedUntouched(storage, TestLog.strict(SyncPolicy.ALWAYS), THIRD);

        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.replayed()).isEqualTo(written.subList(0, written.size() - 1));
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
            assertThat(log.recovery().description()).isEqualTo("frame body fails its checksum");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, SECOND, THIRD})
    @Tag("R7")
    void damageBelowALaterProofIsRefused(String name) throws IOException {
        storage.flipBit(name, 140 * 8L);
        LogDamagedException damage = assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), name);
        assertThat(damage.offset()).isEqualTo(128);
        assertThat(damage.defect()).contains("it had been forced, as the frame in 0000000");
    }

    @Test
    @Tag("R7")
    void damageOfTheLastFrameOfASegmentIsProvenByTheNextSegment() {
        storage.flipBit(FIRST, (storage.bytes(FIRST).length - 3_000) * 8L);
        LogDamagedException damage = assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), FIRST);
        assertThat(damage.sequence()).isPositive();
    }

    @Test
    @Tag("R7")
    void aFrameOverwrittenWithZerosInTheMiddleIsRefused() throws IOException {
        byte[] bytes = storage.bytes(SECOND);
        Arrays.fill(bytes, 128, 128 + TestLogs.frameLength(8 + 6 + VALUE_LENGTH), (byte) 0);
        storage.put(SECOND, bytes);
        assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), SECOND);
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, SECOND})
    @Tag("R4")
    void aMissingSegmentIsRefused(String name) {
        storage.remove(name);
        assertThat(assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), "")
                        .defect())
                .contains("missing");
    }

    @Test
    @Tag("R4")
    void aLogOfWhichOnlyThePreparedSegmentIsLeftIsRefused() throws IOException {
        SimulatedStorage small = new SimulatedStorage();
        TestLog log = TestLog.open(small, SyncPolicy.ALWAYS);
        log.appendMany(12, VALUE_LENGTH);
        awaitFile(small, SECOND);
        log.kill(small);
        small.remove(FIRST);
        assertRefusedUntouched(small, TestLog.settings(SyncPolicy.ALWAYS), SECOND);
    }

    @Test
    @Tag("R4")
    void aCopyOfASegmentUnderAnotherNumberIsRefused() {
        storage.remove(THIRD);
        storage.put(THIRD, storage.bytes(SECOND));
        assertThat(assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), THIRD)
                        .defect())
                .isEqualTo("the file is named " + THIRD + " but holds segment 2");
    }

    @Test
    @Tag("R4")
    void swappedSegmentsAreRefused() {
        byte[] first = storage.bytes(FIRST);
        storage.put(FIRST, storage.bytes(SECOND));
        storage.put(SECOND, first);
        assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), FIRST);
    }

    @Test
    @Tag("R1")
    @Tag("R3")
    void aSegmentOfAnotherLogIsRefused() throws IOException {
        SimulatedStorage other = TestLog.another();
        storage.put(SECOND, other.bytes(SECOND));
        assertThat(assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), SECOND)
                        .defect())
                .contains("belongs to another log");
    }

    @Test
    @Tag("R3")
    void framesSplicedFromAnotherLogAreNotRead() throws IOException {
        SimulatedStorage other = TestLog.another();
        byte[] spliced = storage.bytes(SECOND);
        System.arraycopy(other.bytes(SECOND), 128, spliced, 128, spliced.length - 128);
        storage.put(SECOND, spliced);
        assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), SECOND);
    }

    @Test
    void aFrameThatClaimsToHaveBeenForcedBeforeItWasWrittenIsRefused() {
        SimulatedStorage hostile = new SimulatedStorage();
        hostile.put(
                FIRST,
                new SegmentBuilder(1, 1)
                        .start(1)
                        .frame(1, 0, "one")
                        .frame(2, 2, "two")
                        .bytes());
        assertRefusedUntouched(hostile, TestLog.settings(SyncPolicy.ALWAYS), FIRST);
    }

    @Test
    void aFrameOlderThanTheOneBeforeItIsRefused() {
        SegmentBuilder segment = new SegmentBuilder(1, 1).start(1).frame(1, 0, "one");
        int second = segment.end();
        segment.frame(2, 0, "two");
        segment.putLong(second + FrameDescriptor.TIMESTAMP_OFFSET, 1).sealHeader(second);
        SimulatedStorage hostile = new SimulatedStorage();
        hostile.put(FIRST, segment.bytes());
        assertRefusedUntouched(hostile, TestLog.settings(SyncPolicy.ALWAYS), FIRST);
    }

    @Test
    @Tag("R1")
    void aNewerVersionIsRefusedByName() {
        storage.put(SECOND, new SegmentBuilder(2, 1, 1, 16 << 10, 4).bytes());
        assertThat(assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), SECOND)
                        .defect())
                .startsWith("format version 4, this Poro reads versions 1 to 3");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 127})
    void aSegmentFileCutShortInItsHeaderIsRefused(int length) {
        storage.put(THIRD, Arrays.copyOf(storage.bytes(THIRD), length));
        assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), THIRD);
    }

    @Test
    @Tag("R7")
    void aLostStartIsRefusedIfALaterFrameIsProof() throws IOException {
        for (String name : List.of(FIRST, SECOND, THIRD)) {
            SimulatedStorage damaged = storage.copy();
            damaged.put(name, with(damaged.bytes(name), 64, new byte[64]));
            assertRefusedUntouched(damaged, TestLog.settings(SyncPolicy.ALWAYS), name);
            damaged.flipBit(name, 64 * 8L + 1);
            assertRefusedUntouched(damaged, TestLog.settings(SyncPolicy.ALWAYS), name);
        }
    }

    @Test
    @Tag("R9")
    void aLostStartWithoutProofIsSetAsideWhole() throws IOException {
        int framesOfThird = (int) framesOf(THIRD);
        byte[] withoutFrames = Arrays.copyOf(Arrays.copyOf(storage.bytes(THIRD), 128), TestLog.SEGMENT_LENGTH);
        withoutFrames[70] ^= 1;
        storage.put(THIRD, withoutFrames);

        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.replayed()).isEqualTo(written.subList(0, written.size() - framesOfThird));
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
            log.appendMany(20, VALUE_LENGTH);
        }
        assertThat(storage.bytes(THIRD + ".quarantine")).isEqualTo(withoutFrames);
        TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS)).close();
    }

    @Test
    @Tag("R4")
    @Tag("R7")
    void aLostEndIsRefusedIfTheNextSegmentIsProof() throws IOException {
        byte[] bytes = storage.bytes(FIRST);
        int last = endOf(FIRST) - TestLogs.frameLength(8 + 6 + VALUE_LENGTH);
        Arrays.fill(bytes, last, bytes.length, (byte) 0);
        storage.put(FIRST, bytes);
        assertThat(assertRefusedUntouched(storage, TestLog.settings(SyncPolicy.ALWAYS), SECOND)
                        .defect())
                .contains("starts at sequence");
    }

    @Test
    @Tag("R9")
    void aLostEndWithoutProofIsCutAndTheLaterSegmentSetAside() throws IOException {
        SimulatedStorage two = new SimulatedStorage();
        SegmentBuilder first =
                new SegmentBuilder(1, 1).start(1).frame(1, 0, "one").frame(2, 0, "two");
        SegmentBuilder second = new SegmentBuilder(2, 2).start(4).frame(4, 1, "four");
        two.put(FIRST, first.bytes());
        two.put(SECOND, second.bytes());
        two.put(THIRD, new SegmentBuilder(3, 3).bytes());

        try (TestLog log = TestLog.open(two, SyncPolicy.OS)) {
            assertThat(log.replayed()).hasSize(2);
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
            assertThat(log.recovery().droppedBytes()).isEqualTo(second.end() - 64L);
        }
        assertThat(two.bytes(SECOND + ".quarantine")).isEqualTo(second.bytes());
        assertThat(two.names())
                .as("a segment that was never used is not worth keeping")
                .doesNotContain(THIRD + ".quarantine");
        TestLog.open(two, TestLog.strict(SyncPolicy.OS)).close();
    }

    @Test
    @Tag("R9")
    void twoTailsCutAtTheSamePlaceAreBothKept() throws IOException {
        int end = endOf(THIRD);
        for (int i = 1; i <= 3; i++) {
            storage.put(THIRD, with(storage.bytes(THIRD), end, new byte[] {(byte) i}));
            TestLog.open(storage, SyncPolicy.ALWAYS).close();
        }
        assertThat(storage.bytes(THIRD + "." + end + ".quarantine")).isEqualTo(new byte[] {1});
        assertThat(storage.bytes(THIRD + "." + end + ".2.quarantine")).isEqualTo(new byte[] {2});
        assertThat(storage.bytes(THIRD + "." + end + ".3.quarantine")).isEqualTo(new byte[] {3});
    }

    /** A force of the directory that fails may lose names, and the next one then reports success without them. */
    @Test
    @Tag("R21")
    void aCopyWhoseNameMayBeLostIsMadeAnew() throws IOException {
        String copy = THIRD + "." + endOf(THIRD) + ".quarantine";
        storage.put(THIRD, with(storage.bytes(THIRD), endOf(THIRD), new byte[] {1}));
        storage.losesNames(true);
        storage.fail(operation -> operation.equals("forceDirectory"), 1, SimulatedStorage.IO_ERROR);
        assertThatIOException().isThrownBy(() -> TestLog.open(storage, SyncPolicy.ALWAYS));

        TestLog.open(storage, SyncPolicy.ALWAYS).close();

        assertThat(storage.powerCut(storage.pending(), new BitSet()).bytes(copy))
                .isEqualTo(new byte[] {1});
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R8")
    void damageBelowTheMarkOfACleanCloseIsRefusedUnderEveryPolicy(SyncPolicy policy) throws IOException {
        SimulatedStorage closed = new SimulatedStorage();
        TestLog log = TestLog.open(closed, policy);
        log.appendMany(3, 10);
        log.closeCleanly();
        int mark = endOf(closed, FIRST) - FrameDescriptor.markFrameLength(0);

        closed.flipBit(FIRST, (mark - 16) * 8L);

        assertRefusedUntouched(closed, TestLog.settings(policy), FIRST);
    }

    @Test
    @Tag("R12")
    void anOpeningThatFailsAtAnyOperationLeavesNothingOpenAndLosesNothing() throws IOException {
        int failures = 0;
        for (int nth = 1; ; nth++) {
            SimulatedStorage failing = storage.copy();
            failing.inject(SimulatedFault.once(
                    operation -> operation.kind() != SimulatedOperation.Kind.CLOSE, nth, SimulatedStorage.IO_ERROR));
            TestLog opened;
            try {
                opened = TestLog.open(failing, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
            } catch (IOException e) {
                failures++;
                assertThat(failing.openFiles()).as("operation %d", nth).isEmpty();
                failing.heal();
                try (TestLog log = TestLog.open(failing, SyncPolicy.ALWAYS)) {
                    assertThat(log.replayed()).as("operation %d", nth).isEqualTo(written);
                }
                continue;
            }
            failing.heal();
            opened.close();
            break;
        }
        assertThat(failures).isGreaterThan(30);
    }

    @Test
    @Tag("R12")
    void anErrorOfTheDiskNeverCountsAsTheEndOfTheLog() {
        for (String operation : List.of("list", "openReadOnly", "length", "read 0000000001", "read " + THIRD)) {
            SimulatedStorage failing = storage.copy();
            Map<String, ByteBuffer> before = failing.contents();
            failing.failAlways(SimulatedStorage.startingWith(operation), SimulatedStorage.IO_ERROR);
            assertThatIOException()
                    .as(operation)
                    .isThrownBy(() -> TestLog.open(failing, SyncPolicy.ALWAYS))
                    .withMessageContaining(SimulatedStorage.IO_ERROR);
            assertThat(failing.contents()).isEqualTo(before);
        }
    }

    @Test
    @Tag("R13")
    void aMissingRestOfASegmentIsACleanEnd() throws IOException {
        storage.put(THIRD, Arrays.copyOf(storage.bytes(THIRD), endOf(THIRD)));
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(log.replayed()).isEqualTo(written);
            log.append("after", "1");
        }
        assertThat(storage.bytes(THIRD)).hasSize(TestLog.SEGMENT_LENGTH);
    }

    @Test
    void bytesBehindTheSegmentsLengthAreNoPartOfIt() throws IOException {
        storage.put(FIRST, with(Arrays.copyOf(storage.bytes(FIRST), 20_000), 16_390, new byte[] {1, 2, 3}));
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.replayed()).isEqualTo(written);
        }
    }

    private long framesOf(String name) throws IOException {
        return TestLogs.examine(storage).segments().stream()
                .filter(segment -> segment.file().equals(name))
                .findFirst()
                .orElseThrow()
                .frames();
    }

    private int endOf(String name) throws IOException {
        return endOf(storage, name);
    }

    private static int endOf(SimulatedStorage storage, String name) throws IOException {
        return TestLogs.endOf(storage, name);
    }

    private static void awaitFile(SimulatedStorage storage, String name) {
        TestLogs.await(() -> storage.names().contains(name));
    }

    private static byte[] with(byte[] bytes, int offset, byte[] some) {
        System.arraycopy(some, 0, bytes, offset, some.length);
        return bytes;
    }

    private static LogDamagedException assertRefusedUntouched(
            SimulatedStorage storage, LogSettings settings, String name) {
        Map<String, ByteBuffer> before = storage.contents();
        storage.clearOperations();
        LogDamagedException[] refusal = new LogDamagedException[1];
        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> TestLog.open(storage, settings))
                .satisfies(damage -> {
                    assertThat(damage.file()).contains(name);
                    assertThat(damage).hasMessageContaining("Nothing was changed");
                    refusal[0] = damage;
                });
        assertThat(storage.contents()).isEqualTo(before);
        assertThat(storage.operations())
                .noneMatch(SimulatedStorage.startingWith("write", "create", "rename", "delete", "force"));
        return refusal[0];
    }
}
