package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R1: what a segment says of itself is believed only when it is whole.
 *
 * @see FileHeader
 * @see SegmentDescriptor
 */
@Tag("R1")
class SegmentHeaderTest {
    private static final String NAME = "0000000001.wal";

    private final SimulatedStorage storage = new SimulatedStorage();

    @Test
    void anUnusedSegmentHasAnIdentityAndNoStart() throws IOException {
        SegmentHeader written = SegmentHeader.unused(SegmentKind.LOG, 2, 7, 11, 13, 17, 1 << 20);
        put(written.encodeIdentity(), "0000000007.wal");

        SegmentHeader read = read("0000000007.wal");

        assertThat(read.version).isEqualTo(2);
        assertThat(read.number).isEqualTo(7);
        assertThat(read.logId).isEqualTo(11);
        assertThat(read.salt).isEqualTo(13);
        assertThat(read.created).isEqualTo(17);
        assertThat(read.length).isEqualTo(1 << 20);
        assertThat(read.start).isEqualTo(SegmentHeader.Start.UNUSED);
    }

    @Test
    void theEncodingIsThatOfTheSpecification() {
        ByteBuffer encoded = SegmentHeader.unused(
                        SegmentKind.LOG,
                        2,
                        3,
                        SegmentBuilder.LOG_ID,
                        SegmentBuilder.SALT,
                        SegmentBuilder.CREATED,
                        16 << 10)
                .encodeIdentity();
        byte[] identity = new byte[128];
        encoded.get(0, identity);
        assertThat(identity).isEqualTo(new SegmentBuilder(3, SegmentBuilder.SALT).bytes(128));
    }

    @Test
    void aStartedSegmentHasItsFirstSequence() throws IOException {
        storage.put(NAME, new SegmentBuilder().start(Long.MAX_VALUE).bytes());

        assertThat(read(NAME).start).isEqualTo(SegmentHeader.Start.STARTED);
        assertThat(read(NAME).firstSequence).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aFirstSequenceThatCannotBeIsATornStart(long firstSequence) throws IOException {
        storage.put(NAME, new SegmentBuilder().start(firstSequence).bytes());

        assertThat(read(NAME).start).isEqualTo(SegmentHeader.Start.TORN);
    }

    @Test
    void everyFlippedBitOfTheIdentityIsRefused() {
        byte[] whole = new SegmentBuilder().start(5).bytes();
        for (int bit = 0; bit < 64 * 8; bit++) {
            storage.put(NAME, whole);
            storage.flipBit(NAME, bit);
            assertThatExceptionOfType(LogDamagedException.class)
                    .as("bit %d", bit)
                    .isThrownBy(() -> read(NAME))
                    .withMessageContaining(NAME)
                    .withMessageContaining("Nothing was changed");
        }
    }

    @Test
    void everyFlippedBitOfTheStartTearsIt() throws IOException {
        byte[] whole = new SegmentBuilder().start(5).bytes();
        for (int bit = 64 * 8; bit < 128 * 8; bit++) {
            storage.put(NAME, whole);
            storage.flipBit(NAME, bit);
            assertThat(read(NAME).start).as("bit %d", bit).isEqualTo(SegmentHeader.Start.TORN);
        }
    }

    @Test
    void theStartOfAnotherSegmentIsATornStart() throws IOException {
        byte[] other = new SegmentBuilder(2, 99).start(5).bytes();
        storage.put(
                NAME,
                new SegmentBuilder().put(64, Arrays.copyOfRange(other, 64, 128)).bytes());

        assertThat(read(NAME).start).isEqualTo(SegmentHeader.Start.TORN);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyVersionUpToTheNewestIsRead(int version) throws IOException {
        storage.put(NAME, new SegmentBuilder(1, 1, 1, 16 << 10, version).bytes());

        assertThat(read(NAME).version).isEqualTo(version);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, Integer.MAX_VALUE, -1})
    void anotherVersionIsRefusedByName(int version) {
        storage.put(NAME, new SegmentBuilder(1, 1, 1, 16 << 10, version).bytes());

        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> read(NAME))
                .withMessageContaining("format version " + Integer.toUnsignedString(version))
                .withMessageContaining("reads versions 1 to 3");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, (16 << 10) - 1, (1 << 30) + 1, Integer.MAX_VALUE, Long.MAX_VALUE, 1L << 32})
    void aLengthThatCannotBeIsRefusedThoughItsChecksumIsRight(long length) {
        storage.put(NAME, new SegmentBuilder(1, 1, 1, length, SegmentDescriptor.FORMAT_VERSION).bytes());

        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> read(NAME))
                .withMessageContaining("segment length " + length);
    }

    @Test
    void aFileCutShortInTheHeaderIsRefused() {
        byte[] whole = new SegmentBuilder().start(1).bytes();
        for (int length = 0; length < 128; length++) {
            storage.put(NAME, Arrays.copyOf(whole, length));
            assertThatExceptionOfType(LogDamagedException.class)
                    .isThrownBy(() -> read(NAME))
                    .withMessageContaining("cut short at " + length + " bytes");
        }
    }

    @Test
    void aFileThatIsNoSegmentIsRefused() {
        storage.put(NAME, new byte[4096]);

        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> read(NAME))
                .withMessageContaining("not a Poro segment");
    }

    @Test
    void aSegmentUnderAnotherSegmentsNameIsRefused() {
        storage.put("0000000002.wal", new SegmentBuilder().start(1).bytes());

        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> read("0000000002.wal"))
                .withMessageContaining("named 0000000002.wal but holds segment 1");
    }

    @Test
    void aSegmentMayHaveAnyOtherName() throws IOException {
        storage.put("copy-of-a-segment", new SegmentBuilder().start(1).bytes());

        assertThat(read("copy-of-a-segment").number).isEqualTo(1);
    }

    private void put(ByteBuffer header, String name) {
        byte[] bytes = new byte[header.remaining()];
        header.get(bytes);
        storage.put(name, bytes);
    }

    private SegmentHeader read(String name) throws IOException {
        try (StorageFile file = storage.openReadOnly(name)) {
            return SegmentHeader.read(file, name);
        }
    }
}
