package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentChecksumTest {
    private final FragmentChecksum checksum = new FragmentChecksum();

    private int of(byte[] bytes, int offset) {
        UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(offset + bytes.length));
        buffer.putBytes(offset, bytes);
        return checksum.compute(buffer.addressOffset(), offset, bytes.length);
    }

    /** The check value of CRC-32C that catalogues of CRCs give. */
    @Test
    void isCrc32c() {
        assertThat(of("123456789".getBytes(StandardCharsets.US_ASCII), 32)).isEqualTo(0xe3069283);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_376, 65_536, 65_537, 200_000})
    void coversAllBytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        CRC32C expected = new CRC32C();
        expected.update(bytes);
        assertThat(of(bytes, 8)).isEqualTo((int) expected.getValue());
    }
}
