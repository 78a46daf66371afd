package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A scan goes on behind each kind of damage and says what is missing. For every size see {@link DamageScanDamageTest}.
 *
 * @see LogProblem
 * @see ProblemList
 * @see SaltSearch
 * @see ScanReport
 * @see ScannedSegment
 */
@Tag("R11")
class DamageScanTest {
    private static final String FIRST = "0000000001.wal";
    private static final String SECOND = "0000000002.wal";
    private static final String THIRD = "0000000003.wal";
    private static final int VALUE_LENGTH = 1_000;
    private static final int FRAME_LENGTH = TestLogs.frameLength(8 + 5 + VALUE_LENGTH);

    private final SimulatedStorage storage = new SimulatedStorage();
    private List<Event> written;
    private long secondStarts;
    private long thirdStarts;

    /** Three segments in use, 35 frames of one event each; not closed cleanly. */
    @BeforeEach
    void writeThreeSegments() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            written = log.appendMany(35, VALUE_LENGTH).acknowledged();
        }
        List<SegmentReport> segments = TestLogs.examine(storage).segments();
        secondStarts = segments.get(1).firstSequence();
        thirdStarts = segments.get(2).firstSequence();
    }

    @Test
    void aWholeLogHasNoProblem() throws IOException {
        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.events).isEqualTo(written);
        assertThat(scanned.problems()).isEmpty();
        assertThat(scanned.report.frames()).isEqualTo(35);
        assertThat(scanned.report.missingEvents()).isZero();
    }

    @Test
    void listsEveryDamagedFrameOfASegmentAndKeepsTheOthers() throws IOException {
        storage.flipBit(FIRST, (128 + FRAME_LENGTH + 60) * 8L);
        storage.flipBit(FIRST, (128 + 4 * FRAME_LENGTH + 20) * 8L);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.sequences()).isEqualTo(allBut(2, 5));
        assertThat(scanned.problems())
                .containsExactly(
                        new LogProblem(
                                "/simulated/" + FIRST,
                                128 + FRAME_LENGTH,
                                FRAME_LENGTH,
                                2,
                                2,
                                "frame body fails its checksum"),
                        new LogProblem(
                                "/simulated/" + FIRST,
                                128 + 4 * FRAME_LENGTH,
                                FRAME_LENGTH,
                                5,
                                5,
                                "frame header fails its checksum"));
        assertThat(scanned.report.missingEvents()).isEqualTo(2);
        assertThat(scanned.report.unreadableBytes()).isEqualTo(2L * FRAME_LENGTH);
    }

    @Test
    void listsDamageOfEverySegment() throws IOException {
        for (String name : List.of(FIRST, SECOND, THIRD)) {
            storage.flipBit(name, (128 + 60) * 8L);
        }

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.sequences()).isEqualTo(allBut(1, secondStarts, thirdStarts));
        assertThat(scanned.problems())
                .extracting(LogProblem::firstSequence)
                .containsExactly(1L, secondStarts, thirdStarts);
        assertThat(scanned.problems()).extracting(LogProblem::file).doesNotHaveDuplicates();
    }

    @Test
    @Tag("R4")
    void aMissingSegmentIsListedWithItsSequences() throws IOException {
        storage.remove(SECOND);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.events).hasSize(written.size() - (int) (thirdStarts - secondStarts));
        assertThat(scanned.problems()).satisfiesExactly(problem -> {
            assertThat(problem.cause()).isEqualTo("segment 2, which comes before, is missing");
            assertThat(problem.firstSequence()).isEqualTo(secondStarts);
            assertThat(problem.lastSequence()).isEqualTo(thirdStarts - 1);
            assertThat(problem.file()).endsWith(THIRD);
        });
        assertThat(scanned.report.missingEvents()).isEqualTo(thirdStarts - secondStarts);
    }

    @Test
    void whatASnapshotStandsForIsNotMissed() throws IOException {
        storage.remove(FIRST);
        storage.flipBit(SECOND, (128 + 60) * 8L);

        ScannedLog scanned = ScannedLog.behind(storage, secondStarts);

        assertThat(scanned.sequences())
                .isEqualTo(LongStream.rangeClosed(secondStarts + 1, 35).boxed().toList());
        assertThat(scanned.problems()).hasSize(1);
        assertThat(scanned.report.missingEvents()).isZero();
        assertThat(scanned.report.complete()).isTrue();
    }

    @Test
    void whatIsMissingBehindASnapshotIsListed() throws IOException {
        storage.remove(FIRST);
        storage.remove(SECOND);

        ScannedLog scanned = ScannedLog.behind(storage, thirdStarts - 3);

        assertThat(scanned.problems()).satisfiesExactly(problem -> {
            assertThat(problem.cause())
                    .isEqualTo("the segment starts at sequence " + thirdStarts + " where " + (thirdStarts - 2)
                            + " follows");
            assertThat(problem.firstSequence()).isEqualTo(thirdStarts - 2);
            assertThat(problem.lastSequence()).isEqualTo(thirdStarts - 1);
        });
        assertThat(scanned.report.missingEvents()).isEqualTo(2);
        assertThat(scanned.report.complete()).isFalse();
    }

    @Test
    void aLogThatEndsBeforeTheSnapshotHasLostItsEnd() throws IOException {
        ScannedLog scanned = ScannedLog.behind(storage, 40);

        assertThat(scanned.events).isEmpty();
        assertThat(scanned.problems())
                .extracting(LogProblem::missing)
                .containsExactly("events from sequence 41 on may be missing");
        assertThat(scanned.report.complete()).isFalse();
    }

    @Test
    @Tag("R4")
    void theFirstSegmentsAreMissedToo() throws IOException {
        storage.remove(FIRST);
        storage.remove(SECOND);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.problems()).satisfiesExactly(problem -> {
            assertThat(problem.cause()).isEqualTo("segments 1 to 2, which come before, are missing");
            assertThat(problem.missing()).isEqualTo("sequences 1 to " + (thirdStarts - 1) + " are missing");
        });
        assertThat(ScannedLog.ofPart(storage).problems()).isEmpty();
    }

    @Test
    void aSegmentOfAnotherLogIsLeftOut() throws IOException {
        SimulatedStorage other = TestLog.another();
        storage.put(FIRST, other.bytes(FIRST));

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.sequences()).first().isEqualTo(secondStarts);
        assertThat(scanned.problems()).satisfiesExactly(problem -> {
            assertThat(problem.cause()).isEqualTo("the segment belongs to another log");
            assertThat(problem.lastSequence()).isEqualTo(secondStarts - 1);
        });
    }

    @Test
    void aDamagedIdentityCostsNothingBecauseTheFramesTellTheSalt() throws IOException {
        byte[] zeroed = storage.bytes(SECOND);
        Arrays.fill(zeroed, 0, SegmentDescriptor.IDENTITY_LENGTH, (byte) 0);
        storage.put(SECOND, zeroed);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.events).isEqualTo(written);
        assertThat(scanned.problems()).satisfiesExactly(problem -> {
            assertThat(problem.cause()).contains("no magic PORO", "its salt was recovered from its frames");
            assertThat(problem.missing()).isEqualTo("no event is missing");
        });
    }

    @Test
    void aLostFirstSectorCostsTheFrameThatBeginsInIt() throws IOException {
        byte[] zeroed = storage.bytes(SECOND);
        Arrays.fill(zeroed, 0, 512, (byte) 0);
        storage.put(SECOND, zeroed);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.sequences()).isEqualTo(allBut(secondStarts));
        assertThat(scanned.report.missingEvents()).isEqualTo(1);
    }

    @Test
    void aSegmentWhoseSaltIsLostIsLostWhole() throws IOException {
        byte[] small = new SegmentBuilder(2, logId(), 7, TestLog.SEGMENT_LENGTH, 2)
                .start(secondStarts)
                .frame(secondStarts, 1, "a")
                .bytes();
        Arrays.fill(small, 0, SegmentDescriptor.HEADER_LENGTH, (byte) 0);
        storage.put(SECOND, small);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.events).hasSize(written.size() - (int) (thirdStarts - secondStarts));
        assertThat(scanned.problems()).satisfiesExactly(problem -> {
            assertThat(problem.cause()).contains("no magic PORO; nothing in it can be read");
            assertThat(problem.firstSequence()).isEqualTo(secondStarts);
            assertThat(problem.lastSequence()).isEqualTo(thirdStarts - 1);
        });
    }

    @Test
    @Tag("R1")
    void aSegmentOfANewerVersionIsNotRead() throws IOException {
        storage.put(
                SECOND,
                new SegmentBuilder(2, logId(), 7, TestLog.SEGMENT_LENGTH, 4)
                        .start(secondStarts)
                        .frame(secondStarts, 1, "a")
                        .frame(secondStarts + 1, 1, "b")
                        .bytes());

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.sequences()).doesNotContain(secondStarts);
        assertThat(scanned.problems())
                .satisfiesExactly(problem -> assertThat(problem.cause()).contains("format version 4"));
    }

    @Test
    void framesOfAnUnknownSegmentThatDoNotFitInAreNotBelieved() throws IOException {
        byte[] stranger = new SegmentBuilder(2, 0, 7, TestLog.SEGMENT_LENGTH, 2)
                .start(secondStarts)
                .frame(secondStarts, 1, "fits")
                .frame(thirdStarts + 1, 1, "does not")
                .bytes();
        Arrays.fill(stranger, 0, SegmentDescriptor.IDENTITY_LENGTH, (byte) 0);
        storage.put(SECOND, stranger);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.sequences()).contains(secondStarts).doesNotContain(secondStarts + 1);
        assertThat(scanned.sequences())
                .contains(thirdStarts, thirdStarts + 1, 35L)
                .isSorted();
        assertThat(scanned.problems()).extracting(LogProblem::cause).contains("frames of another log");
    }

    @Test
    void swappedSegmentsAreReadInTheOrderOfTheirNumbers() throws IOException {
        byte[] first = storage.bytes(FIRST);
        storage.put(FIRST, storage.bytes(SECOND));
        storage.put(SECOND, first);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.events).isEqualTo(written);
        assertThat(scanned.problems())
                .extracting(LogProblem::cause)
                .containsExactly(
                        "the file is named " + SECOND + " but holds segment 1",
                        "the file is named " + FIRST + " but holds segment 2");
    }

    @Test
    @Tag("R4")
    void aCopyOfASegmentIsNotReadTwice() throws IOException {
        storage.put("0000000009.wal", storage.bytes(SECOND));

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.events).isEqualTo(written);
        assertThat(scanned.problems())
                .extracting(LogProblem::cause)
                .contains("another file holds segment 2, too", "frames that were read before")
                .hasSizeLessThan(6);
    }

    @Test
    @Tag("R3")
    void framesSplicedFromAnotherLogAreNotRead() throws IOException {
        SimulatedStorage other = TestLog.another();
        byte[] spliced = storage.bytes(SECOND);
        System.arraycopy(other.bytes(SECOND), 128, spliced, 128, 5 * FRAME_LENGTH);
        storage.put(SECOND, spliced);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.sequences())
                .isEqualTo(
                        allBut(LongStream.range(secondStarts, secondStarts + 5).toArray()));
        assertThat(scanned.report.missingEvents()).isEqualTo(5);
    }

    @Test
    void aLostStartCostsNothing() throws IOException {
        byte[] bytes = storage.bytes(SECOND);
        Arrays.fill(bytes, SegmentDescriptor.START_OFFSET, SegmentDescriptor.HEADER_LENGTH, (byte) 0);
        storage.put(SECOND, bytes);

        ScannedLog scanned = ScannedLog.of(storage);

        assertThat(scanned.events).isEqualTo(written);
        assertThat(scanned.problems()).satisfiesExactly(problem -> {
            assertThat(problem.offset()).isEqualTo(SegmentDescriptor.START_OFFSET);
            assertThat(problem.missing()).isEqualTo("no event is missing");
        });
    }

    @Test
    void whatATornTailCostIsUnknown() throws IOException {
        int end = TestLogs.endOf(storage, THIRD);
        byte[] torn = storage.bytes(THIRD);
        torn[end + 50] = 1;
        storage.put(THIRD, torn);

        assertThat(ScannedLog.of(storage).problems())
                .containsExactly(new LogProblem(
                        "/simulated/" + THIRD,
                        end,
                        51,
                        36,
                        LogProblem.UNKNOWN,
                        "the frames end here, but bytes follow"));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 39, 40, 44, 1 << 30, Integer.MAX_VALUE, Integer.MIN_VALUE})
    @Tag("R5")
    void aHostileLengthUnderARightChecksumIsNotFollowed(int length) throws IOException {
        SegmentBuilder segment = new SegmentBuilder().start(1).frame(1, 0, "a");
        int second = segment.end();
        segment.frame(2, 0, "b").frame(3, 0, "c").putInt(second, length).sealHeader(second);
        SimulatedStorage hostile = new SimulatedStorage();
        hostile.put(FIRST, segment.bytes());

        ScannedLog scanned = ScannedLog.of(hostile);

        assertThat(scanned.sequences()).containsExactly(1L, 3L);
        assertThat(scanned.problems()).hasSize(1);
    }

    @Test
    void oldFramesInsideAValueAreNotTakenForFrames() throws IOException {
        SegmentBuilder inner = new SegmentBuilder().start(1).frame(1, 0, "a").frame(2, 0, "b");
        byte[] copy = Arrays.copyOfRange(inner.bytes(), 128, inner.end());
        SegmentBuilder outer = new SegmentBuilder().start(1).frame(1, 0, "a").frame(2, 0, "b");
        int third = outer.end();
        outer.frame(3, 0, " ".repeat(200))
                .frame(4, 0, "d")
                .put(third + 56, copy)
                .putInt(third + 20, -1);
        SimulatedStorage nested = new SimulatedStorage();
        nested.put(FIRST, outer.bytes());

        ScannedLog scanned = ScannedLog.of(nested);

        assertThat(scanned.sequences()).containsExactly(1L, 2L, 4L);
        assertThat(scanned.report.missingEvents()).isEqualTo(1);
    }

    @Test
    void theListOfProblemsIsBounded() throws IOException {
        SegmentBuilder segment = new SegmentBuilder().start(1);
        SimulatedStorage many = new SimulatedStorage();
        byte[] bytes = new byte[1 << 20];
        System.arraycopy(segment.bytes(), 0, bytes, 0, 128);
        byte[] frame = frameBytes();
        for (int at = 128; at + frame.length <= bytes.length; at += frame.length + 8) {
            System.arraycopy(frame, 0, bytes, at, frame.length);
            bytes[at + frame.length] = 1;
        }
        byte[] header = new SegmentBuilder(1, 1, SegmentBuilder.SALT, bytes.length, 1)
                .start(1)
                .bytes(128);
        System.arraycopy(header, 0, bytes, 0, 128);
        many.put(FIRST, bytes);

        ScanReport report = ScannedLog.of(many).report;

        assertThat(report.problems()).hasSize(ProblemList.MAX_LISTED);
        assertThat(report.problemCount()).isGreaterThan(10_000);
        assertThat(report.events()).isEqualTo(1);
    }

    private static byte[] frameBytes() {
        SegmentBuilder one = new SegmentBuilder().start(1).frame(1, 0, "");
        return Arrays.copyOfRange(one.bytes(), 128, one.end());
    }

    @Test
    @Tag("R12")
    void aReadErrorIsNoDamageToGoOnBehind() {
        storage.fail(SimulatedStorage.startingWith("read " + SECOND + " 128"), 1, SimulatedStorage.IO_ERROR);

        assertThatIOException()
                .isThrownBy(() -> ScannedLog.of(storage))
                .withMessageContaining(SimulatedStorage.IO_ERROR);
    }

    private long logId() throws IOException {
        try (StorageFile file = storage.openReadOnly(FIRST)) {
            return SegmentHeader.read(file).logId;
        }
    }

    private List<Long> allBut(long... missing) {
        return LongStream.rangeClosed(1, written.size())
                .filter(sequence -> Arrays.stream(missing).noneMatch(gone -> gone == sequence))
                .boxed()
                .toList();
    }
}
