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
    void numbersTheElementsOfArrays() throws IOException {
        replies.array(0);
        replies.noArray();
        replies.array(3);
        replies.value(new byte[] {'a'});
        replies.value(null);
        replies.integer(7);
        replies.array(2);
        replies.value(new byte[] {'0'});
        replies.array(2);
        replies.status("PONG");
        replies.array(0);
        replies.array(10);
        for (int i = 0; i < 9; i++) {
            replies.ok();
        }
        replies.array(2);
        replies.text("one\ntwo");
        replies.error("WRONG", "no");
        replies.ok();

        assertThat(written()).isEqualTo("""
                        (empty array)
                        (nil)
                        1) "a"
                        2) (nil)
                        3) (integer) 7
                        1) "0"
                        2) 1) PONG
                           2) (empty array)
                         1) OK
                         2) OK
                         3) OK
                         4) OK
                         5) OK
                         6) OK
                         7) OK
                         8) OK
                         9) OK
                        10) 1) one
                               two
                            2) (error) WRONG no
                        OK
                        """);
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
