package dev.poro.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RespRepliesTest {
    private static String written(boolean isRespThree, Consumer<RespReplies> reply) {
        ByteBuf output = Unpooled.buffer();
        RespReplies replies = new RespReplies(() -> output);
        replies.setRespThree(isRespThree);
        reply.accept(replies);
        return output.toString(ISO_8859_1);
    }

    private static void assertReply(Consumer<RespReplies> reply, String respTwo, String respThree) {
        assertThat(written(false, reply)).isEqualTo(respTwo);
        assertThat(written(true, reply)).isEqualTo(respThree);
    }

    @Test
    void writesWhatBothVersionsHave() {
        assertReply(RespReplies::ok, "+OK\r\n", "+OK\r\n");
        assertReply(replies -> replies.status("PONG"), "+PONG\r\n", "+PONG\r\n");
        assertReply(replies -> replies.integer(-1), ":-1\r\n", ":-1\r\n");
        assertReply(replies -> replies.integer(0), ":0\r\n", ":0\r\n");
        String least = ":" + Long.MIN_VALUE + "\r\n";
        assertReply(replies -> replies.integer(Long.MIN_VALUE), least, least);
        assertReply(replies -> replies.value("a\r\nb".getBytes(UTF_8)), "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n");
        assertReply(replies -> replies.array(2), "*2\r\n", "*2\r\n");
    }

    @Test
    void writesWhatOnlyTheThirdVersionHas() {
        assertReply(replies -> replies.value((byte[]) null), "$-1\r\n", "_\r\n");
        assertReply(RespReplies::noArray, "*-1\r\n", "_\r\n");
        assertReply(replies -> replies.map(2), "*4\r\n", "%2\r\n");
        assertReply(replies -> replies.set(2), "*2\r\n", "~2\r\n");
        assertReply(replies -> replies.push(2), "*2\r\n", ">2\r\n");
        assertReply(replies -> replies.number(0.5), "$3\r\n0.5\r\n", ",0.5\r\n");
        assertReply(replies -> replies.number(3), "$1\r\n3\r\n", ",3\r\n");
        assertReply(replies -> replies.number(Double.NEGATIVE_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n");
        assertReply(replies -> replies.text("\u00e4"), "$2\r\n\u00c3\u00a4\r\n", "=6\r\ntxt:\u00c3\u00a4\r\n");
    }

    /** What a client has sent cannot make a reply of its own by way of an error. */
    @Test
    void keepsAnErrorOnOneLine() {
        assertReply(
                replies -> replies.error("ERR", "unknown\r\n+OK\r\n"),
                "-ERR unknown  +OK  \r\n",
                "-ERR unknown  +OK  \r\n");
    }
}
