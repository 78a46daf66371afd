package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R2, R3, R5: nothing of a frame is used before its checksum, and nothing is taken from a length alone.
 *
 * @see FrameDescriptor
 * @see HeaderBound
 */
@Tag("R2")
@Tag("R3")
@Tag("R5")
class FrameReaderTest {
    private static final String NAME = "0000000001.wal";
    private static final int FIRST = SegmentDescriptor.HEADER_LENGTH;

    private final SimulatedStorage storage = new SimulatedStorage();
    private SegmentBuilder segment = new SegmentBuilder().start(1);
    private FrameReader reader;

    @AfterEach
    void close() throws IOException {
        if (reader != null) {
            reader.close();
        }
    }

    @Test
    void readsFramesInTheirOrder() throws IOException {
        segment.frame(1, 0, "a").frame(2, 1, "b", "c", "").frame(5, 3, "d");
        read();

        assertFrame(1, 0, 1);
        assertThat(reader.offset()).isEqualTo(FIRST);
        assertThat(new RecordFlyweight().wrap(reader.recordsAddress()).value()).isEqualTo(new byte[] {'a'});
        assertFrame(2, 1, 3);
        assertFrame(5, 3, 1);
        assertThat(reader.timestamp()).isEqualTo(SegmentBuilder.CREATED + 5);
        assertThat(reader.next()).isFalse();
        assertThat(reader.defect()).isNull();
        assertThat(reader.offset()).isEqualTo(segment.end());
        assertThat(reader.endOfNonZero()).isEqualTo(segment.end());
    }

    @Test
    void showsWhatIsLikelyToCome() throws IOException {
        segment.frame(1, 0, "a").frame(2, 1, "b", "c", "").frame(5, 3, "d");
        read();
        reader.next();

        assertThat(shown(10)).containsExactly("a", "b", "c", "", "d");
        assertThat(shown(2)).containsExactly("a", "b");
        assertFrame(2, 1, 3);
        assertThat(shown(10)).containsExactly("b", "c", "", "d");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 39, 40, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void showsNothingBehindALengthThatCannotBe(int length) throws IOException {
        segment.frame(1, 0, "a");
        int second = segment.end();
        segment.frame(2, 1, "b").putInt(second, length);
        read();
        reader.next();

        assertThat(shown(10)).containsExactly("a");
    }

    private List<String> shown(int most) {
        List<String> shown = new ArrayList<>();
        int count = reader.showUpcoming(reader.recordsAddress(), most, new LogVisitor() {
            @Override
            public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
                throw new AssertionError("not its turn");
            }

            @Override
            public void onUpcoming(RecordFlyweight record) {
                shown.add(new String(record.value(), StandardCharsets.UTF_8));
            }
        });
        assertThat(count).isEqualTo(shown.size());
        return shown;
    }

    @Test
    void everyFlippedBitOfAFrameIsFound() throws IOException {
        segment.frame(1, 0, "some", "values");
        byte[] whole = segment.bytes();
        for (int bit = FIRST * 8; bit < segment.end() * 8; bit++) {
            storage.put(NAME, whole);
            storage.flipBit(NAME, bit);
            try (FrameReader flipped = newReader()) {
                assertThat(flipped.next()).as("bit %d", bit).isFalse();
                assertThat(flipped.defect() != null || flipped.endOfNonZero() > FIRST)
                        .as("bit %d", bit)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                -1,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                Integer.MAX_VALUE - 7,
                1,
                8,
                39,
                40,
                47,
                49,
                16 << 10,
                (16 << 10) - 120,
                -64
            })
    void aLengthThatCannotBeIsRefusedThoughItsChecksumIsRight(int length) throws IOException {
        segment.frame(1, 0, "value").putInt(FIRST, length).sealHeader(FIRST);
        read();

        assertThat(reader.next()).isFalse();
        assertThat(reader.defect()).contains("length " + Integer.toUnsignedString(length));
        assertThat(reader.offset()).isEqualTo(FIRST);
    }

    @Test
    void aLengthOfZeroIsTheEndThoughItsChecksumIsRight() throws IOException {
        segment.frame(1, 0, "value").putInt(FIRST, 0).sealHeader(FIRST);
        read();

        assertThat(reader.next()).isFalse();
        assertThat(reader.defect()).isNull();
        assertThat(reader.endOfNonZero()).isGreaterThan(FIRST);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aRecordCountThatCannotBeIsRefusedThoughItsChecksumIsRight(int count) throws IOException {
        segment = new SegmentBuilder(1, SegmentBuilder.LOG_ID, SegmentBuilder.SALT, SegmentDescriptor.MIN_LENGTH, 1);
        segment.start(1).frame(1, 0, "value").putInt(FIRST + 4, count).sealHeader(FIRST);
        read();

        assertThat(reader.next()).isFalse();
        assertThat(reader.defect()).contains(count + " records");
    }

    @Test
    void theLongestFrameThatFitsIsRead() throws IOException {
        int length = SegmentDescriptor.MIN_LENGTH - FIRST;
        segment.header(FIRST, length, 1, 1, 0).seal(FIRST, length);
        read();

        assertFrame(1, 0, 1);
        assertThat(reader.next()).isFalse();
        assertThat(reader.defect()).isNull();
        assertThat(reader.offset()).isEqualTo(SegmentDescriptor.MIN_LENGTH);
    }

    @Test
    void aSegmentThatSaysItIsLongerThanItsFileIsReadUpToTheEndOfTheFile() throws IOException {
        SegmentBuilder longer = new SegmentBuilder(1, 1, SegmentBuilder.SALT, 1 << 30, 1).start(1);
        longer.frame(1, 0, "value");
        int second = longer.end();
        longer.header(second, 1 << 29, 1, 2, 0).sealHeader(second);
        storage.put(NAME, longer.bytes());
        reader = newReader();

        assertFrame(1, 0, 1);
        assertThat(reader.next()).isFalse();
        assertThat(reader.defect()).contains("cut short by the end of the file");
    }

    @Test
    void aFrameThatTheFilesEndCutsAtAnyByteIsNoFrame() throws IOException {
        segment.frame(1, 0, "first").frame(2, 1, "second");
        int second = FIRST + TestLogs.frameLength(8 + 4 + 5);
        for (int length = FIRST; length < segment.end(); length++) {
            storage.put(NAME, segment.bytes(length));
            try (FrameReader cut = newReader()) {
                assertThat(cut.next()).as("at %d", length).isEqualTo(length >= second);
                assertThat(cut.next()).isFalse();
            }
        }
    }

    @Test
    void aFrameOfAnotherSegmentFails() throws IOException {
        SegmentBuilder other = new SegmentBuilder(2, SegmentBuilder.SALT + 1).start(1);
        other.frame(1, 0, "value");
        segment.put(FIRST, Arrays.copyOfRange(other.bytes(), FIRST, other.end()));
        read();

        assertThat(reader.next()).isFalse();
        assertThat(reader.defect()).isEqualTo("frame header fails its checksum");
        assertThat(reader.findProofThatDurable(0, HeaderBound.NONE)).isEqualTo(-1);
    }

    @Test
    void aBodyOfAnotherFrameFails() throws IOException {
        segment.frame(1, 0, "one").frame(2, 1, "two");
        int length = TestLogs.frameLength(8 + 4 + 3);
        segment.put(FIRST + 40, Arrays.copyOfRange(segment.bytes(), FIRST + length + 40, FIRST + 2 * length));
        read();

        assertThat(reader.next()).isFalse();
        assertThat(reader.defect()).isEqualTo("frame body fails its checksum");
    }

    @Test
    void proofIsALaterHeaderThatKnewTheSequenceToBeDurable() throws IOException {
        segment.frame(1, 0, "a").frame(2, 0, "b").frame(3, 1, "c");
        int third = segment.end() - TestLogs.frameLength(8 + 4 + 1);
        segment.putInt(FIRST + 44, -1).putInt(third + 44, -1);
        read();

        assertThat(reader.next()).isFalse();
        assertThat(reader.findProofThatDurable(1, HeaderBound.NONE))
                .as("the body is no part of it")
                .isEqualTo(third);
        assertThat(reader.findProofThatDurable(2, HeaderBound.NONE)).isEqualTo(-1);
    }

    @Test
    void aHeaderInTheWindowsLastBytesIsFound() throws IOException {
        SegmentBuilder longer = new SegmentBuilder(1, 1, SegmentBuilder.SALT, 1 << 30, 1).start(1);
        int last = SegmentDescriptor.MIN_LENGTH - 40;
        longer.header(last, 48, 1, 9, 8).sealHeader(last);
        storage.put(NAME, longer.bytes(SegmentDescriptor.MIN_LENGTH));
        reader = newReader();

        assertThat(reader.next()).isFalse();
        assertThat(reader.findProofThatDurable(8, HeaderBound.NONE)).isEqualTo(last);
        assertThat(reader.findProofThatDurable(9, HeaderBound.NONE)).isEqualTo(-1);
        assertThat(reader.endOfNonZero()).isGreaterThan(last);
    }

    @Test
    void aFileThatShrinksWhileItIsReadIsAnError() throws IOException {
        segment.frame(1, 0, "value");
        storage.put(NAME, segment.bytes());
        SegmentHeader header = header();
        StorageFile shrinking = new ShrinkingFile(storage.openReadOnly(NAME));
        reader = new FrameReader(shrinking, header);

        assertThatIOException().isThrownBy(() -> reader.next()).withMessageContaining("read 0 bytes at offset 128");
    }

    private void read() throws IOException {
        storage.put(NAME, segment.bytes());
        reader = newReader();
    }

    private FrameReader newReader() throws IOException {
        return new FrameReader(storage.openReadOnly(NAME), header());
    }

    private SegmentHeader header() throws IOException {
        try (StorageFile file = storage.openReadOnly(NAME)) {
            return SegmentHeader.read(file, NAME);
        }
    }

    private void assertFrame(long firstSequence, long durableSequence, int records) throws IOException {
        assertThat(reader.next()).isTrue();
        assertThat(reader.firstSequence()).isEqualTo(firstSequence);
        assertThat(reader.durableSequence()).isEqualTo(durableSequence);
        assertThat(reader.recordCount()).isEqualTo(records);
        assertThat(reader.recordsLength()).isEqualTo(reader.length() - 40);
    }

    /** Has the length it was opened with, and nothing to read. */
    private record ShrinkingFile(StorageFile file) implements StorageFile {
        @Override
        public String description() {
            return file.description();
        }

        @Override
        public long length() throws StorageException {
            return file.length();
        }

        @Override
        public int read(ByteBuffer target, long position) {
            return 0;
        }

        @Override
        public void write(ByteBuffer source, long position) throws StorageException {
            file.write(source, position);
        }

        @Override
        public void force() throws StorageException {
            file.force();
        }

        @Override
        public ByteBuffer map(long length) throws StorageException {
            return file.map(length);
        }

        @Override
        public void unmap() {
            file.unmap();
        }

        @Override
        public void close() throws StorageException {
            file.close();
        }
    }
}
