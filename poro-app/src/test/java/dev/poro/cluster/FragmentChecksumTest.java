package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentChecksumTest {
    private static final int HEADER_LENGTH = DataHeaderFlyweight.HEADER_LENGTH;
    private static final int SESSION = 77;

    private final FragmentChecksum checksum = new FragmentChecksum();

    private int of(byte[] bytes, int offset) {
        UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(offset + bytes.length));
        buffer.putBytes(offset, bytes);
        return checksum.compute(buffer.addressOffset(), offset, bytes.length);
    }

    private static int crcOf(byte[] bytes) {
        CRC32C expected = new CRC32C();
        expected.update(bytes);
        return (int) expected.getValue();
    }

    private static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** What the archive has in its memory when it searches for the end of a recording: it begins with a frame. */
    private static UnsafeBuffer piece(int type, byte[] body) {
        UnsafeBuffer piece = new UnsafeBuffer(ByteBuffer.allocateDirect(HEADER_LENGTH + body.length));
        FrameDescriptor.frameType(piece, 0, type);
        FrameDescriptor.frameSessionId(piece, 0, SESSION);
        piece.putBytes(HEADER_LENGTH, body);
        return piece;
    }

    private int search(UnsafeBuffer piece, int offset, int length) {
        return checksum.searching(piece.capacity(), () -> checksum.compute(piece.addressOffset(), offset, length));
    }

    /** The check value of CRC-32C that catalogues of CRCs give. */
    @Test
    void isCrc32c() {
        assertThat(of("123456789".getBytes(StandardCharsets.US_ASCII), 32)).isEqualTo(0xe3069283);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_376, 65_535, 65_536})
    void coversAllBytes(int length) {
        byte[] bytes = randomBytes(length);
        assertThat(of(bytes, 8)).isEqualTo(crcOf(bytes));
    }

    /** A length that a disk has damaged. */
    @Test
    void readsNoFragmentThatIsLongerThanAny() {
        UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
        for (int length : new int[] {FragmentChecksum.LONGEST + 1, Integer.MAX_VALUE - 31}) {
            assertThatExceptionOfType(FragmentChecksum.NotInMemoryException.class)
                    .isThrownBy(() -> checksum.compute(buffer.addressOffset(), 32, length))
                    .withMessageContaining("" + length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1_376, 65_537, 200_000})
    void findsTheLastFragmentInAPieceThatWasRead(int length) {
        byte[] body = randomBytes(length);
        UnsafeBuffer piece = piece(DataHeaderFlyweight.HDR_TYPE_DATA, body);
        assertThat(search(piece, HEADER_LENGTH, length)).isEqualTo(crcOf(body));
    }

    @Test
    void doesNotReadBesideThePieceThatWasRead() {
        UnsafeBuffer piece = piece(DataHeaderFlyweight.HDR_TYPE_DATA, randomBytes(1_376));
        int[][] outside = {
            {HEADER_LENGTH, 1_377},
            {HEADER_LENGTH + 1_344, 64},
            {HEADER_LENGTH - 32, 32},
            {HEADER_LENGTH - 1_408, 1_376},
            {4 << 20, 1_376}
        };
        for (int[] each : outside) {
            assertThatExceptionOfType(FragmentChecksum.NotInMemoryException.class)
                    .as("offset %d, length %d", each[0], each[1])
                    .isThrownBy(() -> search(piece, each[0], each[1]));
        }
        assertThat(of(new byte[] {1}, 8)).as("the search is over").isEqualTo(crcOf(new byte[] {1}));
    }

    /** The rest of a term: nothing of it but the header is written, so that it is complete, however long it is. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1_376, 5 << 20})
    void takesAPaddingForComplete(int length) {
        UnsafeBuffer piece = piece(DataHeaderFlyweight.HDR_TYPE_PAD, new byte[32]);
        FrameDescriptor.frameLengthOrdered(piece, 0, HEADER_LENGTH + length);
        assertThat(search(piece, HEADER_LENGTH, length)).isEqualTo(SESSION);
    }

    /** The two bytes that are the type of a frame are a part of something else there. */
    @Test
    void takesNoEntryOfTheCatalogForAPadding() {
        byte[] entry = randomBytes(992);
        UnsafeBuffer piece = piece(DataHeaderFlyweight.HDR_TYPE_PAD, entry);
        piece.putInt(0, 300, ByteOrder.LITTLE_ENDIAN);
        assertThat(search(piece, HEADER_LENGTH, entry.length)).isEqualTo(crcOf(entry));
    }
}
