package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class JoinPointTest {
    private static final JoinPoint POINT = new JoinPoint(1, 640, 704, 3, 12, -5);

    @Test
    void isReadAsItWasWritten() throws Exception {
        assertThat(JoinPoint.decode(POINT.encode())).isEqualTo(POINT);
    }

    @Test
    void anotherVersionIsRefused() {
        byte[] bytes = POINT.encode();
        bytes[0] = 2;
        assertThatIOException()
                .isThrownBy(() -> JoinPoint.decode(bytes))
                .withMessageContaining("another version of Poro");
        assertThatIOException()
                .isThrownBy(() -> JoinPoint.decode(Arrays.copyOf(POINT.encode(), 20)))
                .withMessageContaining("another version of Poro");
        assertThatIOException().isThrownBy(() -> JoinPoint.decode(new byte[0]));
    }

    /** Such a copy might lack what was acknowledged, and vote for a leader that lacks it, too. */
    @Test
    void aLogThatEndsTooEarlyIsRefused() {
        JoinPoint early = new JoinPoint(1, 704, 704, 3, 12, -5);
        assertThatIOException()
                .isThrownBy(() -> JoinPoint.decode(early.encode()))
                .withMessageContaining("704");
    }
}
