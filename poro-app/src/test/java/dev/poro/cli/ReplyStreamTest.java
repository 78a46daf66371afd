package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReplyStreamTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ReplyStream replies = new ReplyStream(out);

    @Test
    void repliesAsRedisCliDoes() throws IOException {
        replies.ok();
        replies.value(null);
        replies.value(new byte[] {'a', '\n', (byte) 0xff});
        replies.integer(0);
        replies.integer(1);
        replies.integer(-2);
        replies.integer(Long.MAX_VALUE);
        replies.text("one\ntwo");

        assertThat(written()).isEqualTo("""
                        OK
                        (nil)
                        "a\\n\\xff"
                        (integer) 0
                        (integer) 1
                        (integer) -2
                        (integer) 9223372036854775807
                        one
                        two
                        """);
        assertThat(replies.hasErrors()).isFalse();
    }

    @Test
    void givesAnErrorOneLineAndRemembersIt() throws IOException {
        replies.error("two\r\nlines \u001b[2J");
        replies.ok();

        assertThat(written()).isEqualTo("(error) ERR two lines  [2J\nOK\n");
        assertThat(replies.hasErrors()).isTrue();
    }

    @Test
    void keepsRepliesUntilItIsFlushed() throws IOException {
        replies.ok();

        assertThat(out.size()).isZero();
        assertThat(written()).isEqualTo("OK\n");
    }

    private String written() throws IOException {
        replies.flush();
        return out.toString(StandardCharsets.UTF_8);
    }
}
