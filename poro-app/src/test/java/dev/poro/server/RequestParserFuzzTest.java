package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;

/** Whatever a client sends: it is cut into requests or refused, in the same way however it comes. */
class RequestParserFuzzTest {
    /** The first byte is how much comes at a time, the second whether the client has logged in. */
    @FuzzTest(maxDuration = "20s")
    @Tag("R27")
    void findsTheSameHoweverTheStreamIsCut(byte[] data) {
        if (data.length < 3) {
            return;
        }
        int atOnce = Byte.toUnsignedInt(data[0]) + 1;
        boolean isAuthenticated = data[1] % 2 == 0;
        byte[] stream = Arrays.copyOfRange(data, 2, data.length);

        assertThat(RequestParserTest.parse(stream, atOnce, isAuthenticated))
                .isEqualTo(RequestParserTest.parse(stream, stream.length, isAuthenticated));
    }
}
