package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies of any server, as the prompt shows them. */
class RespInputTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            quoteCharacter = '`',
            value = {
                "+OK\\r\\n @ OK",
                "+PONG\\r\\n @ PONG",
                "-ERR no such key\\r\\n @ (error) ERR no such key",
                "-WRONG\\r\\n @ (error) ERR WRONG",
                "!10\\r\\nOOM no, no\\r\\n @ (error) OOM no, no",
                ":-7\\r\\n @ (integer) -7",
                "$-1\\r\\n @ (nil)",
                "_\\r\\n @ (nil)",
                "*-1\\r\\n @ (nil)",
                "$3\\r\\na\\r\\n\\r\\n @ \"a\\r\\n\"",
                "*0\\r\\n @ (empty array)",
                "*2\\r\\n$1\\r\\na\\r\\n*1\\r\\n:1\\r\\n @ 1) \"a\"~2) 1) (integer) 1",
                "%1\\r\\n$1\\r\\na\\r\\n,1.5\\r\\n @ 1) \"a\"~2) \"1.5\"",
                "~1\\r\\n#t\\r\\n @ 1) (integer) 1",
                ">2\\r\\n+a\\r\\n(12345678901234567890\\r\\n @ 1) a~2) \"12345678901234567890\"",
                "=10\\r\\ntxt:a\\r\\nb\\r\\n\\r\\n @ a~b",
                "|1\\r\\n+ttl\\r\\n:1\\r\\n:2\\r\\n @ (integer) 2",
            })
    void showsAReply(String bytes, String shown) throws IOException {
        assertThat(read(bytes)).isEqualTo(shown.replace("~", "\n") + "\n");
    }

    @Test
    void lettersFromTheNetworkDoNotControlTheTerminal() throws IOException {
        assertThat(read("=10\\r\\ntxt:a\u001b[2Jb\\r\\n")).isEqualTo("a [2Jb\n");
        assertThat(read("+a\u001b[2J\u0085b\\r\\n")).isEqualTo("a [2J b\n");
        assertThat(read("!9\\r\\n\u001b[2Ja \u0085b\\r\\n")).isEqualTo("(error) ERR  [2Ja  b\n");
        assertThat(read("!5\\r\\nA\\nB c\\r\\n")).isEqualTo("(error) A B c\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 400 Bad Request\\r\\n",
                ":\\r\\n",
                ":x\\r\\n",
                "$-2\\r\\n",
                "$99999999999\\r\\n",
                "$1\\r\\nab\\r\\n",
                "+a\\n",
            })
    void saysThatItIsNoResp(String bytes) {
        assertThatThrownBy(() -> read(bytes)).isInstanceOf(IOException.class).hasMessageContaining("protocol of Redis");
    }

    @Test
    void refusesArraysWithoutAnEnd() {
        assertThatThrownBy(() -> read("*1\\r\\n".repeat(1_000)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("deep");
    }

    @Test
    void readsAnyNumberOfAttributes() throws IOException {
        assertThat(read("|0\\r\\n".repeat(100_000) + ":1\\r\\n")).isEqualTo("(integer) 1\n");
    }

    @Test
    void takesNoMemoryForWhatDoesNotCome() {
        for (int i = 0; i < 1_000; i++) {
            assertThatThrownBy(() -> read("$536870912\\r\\nabc")).isInstanceOf(EOFException.class);
        }
    }

    /** However the bytes come. */
    private static String read(String escaped) throws IOException {
        String bytes = escaped.replace("\\r", "\r").replace("\\n", "\n");
        String atOnce = read(new ByteArrayInputStream(bytes.getBytes(StandardCharsets.UTF_8)));
        assertThat(read(oneByOne(bytes))).isEqualTo(atOnce);
        return atOnce;
    }

    private static String read(InputStream in) throws IOException {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        ReplyStream replies = new ReplyStream(shown);
        new RespInput(in).read(replies);
        replies.flush();
        return shown.toString(StandardCharsets.UTF_8);
    }

    private static InputStream oneByOne(String bytes) {
        return new ByteArrayInputStream(bytes.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, 1);
            }
        };
    }
}
