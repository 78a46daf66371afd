package dev.poro.server;

import dev.poro.command.Replies;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Writes replies in RESP2 or RESP3, straight into the output of a connection. What RESP2 has no form for becomes what
 * Redis makes of it: a map is an array, a double and a text are bulk strings. Not thread-safe.
 */
final class RespReplies implements Replies {
    private static final byte[] OK = ascii("+OK\r\n");
    private static final byte[] NO_VALUE = ascii("$-1\r\n");
    private static final byte[] NO_ARRAY = ascii("*-1\r\n");
    private static final byte[] NULL = ascii("_\r\n");
    private static final byte[] END = ascii("\r\n");
    private static final byte[] VERBATIM_TEXT = ascii("txt:");

    /** A number, and what comes before and after. */
    private static final int NUMBER_LENGTH = 1 + DecimalBytes.MAX_LENGTH + END.length;

    private final Supplier<ByteBuf> output;
    private final byte[] number = new byte[NUMBER_LENGTH];
    private boolean isRespThree;
    private String lastError;

    /** @param output where replies go now */
    RespReplies(Supplier<ByteBuf> output) {
        this.output = output;
        number[NUMBER_LENGTH - 2] = '\r';
        number[NUMBER_LENGTH - 1] = '\n';
    }

    /** Whether replies are in RESP3; at first they are in RESP2. */
    boolean isRespThree() {
        return isRespThree;
    }

    void setRespThree(boolean respThree) {
        isRespThree = respThree;
    }

    /** The code of the last error since the last call, or {@code null}. */
    String takeLastError() {
        String code = lastError;
        lastError = null;
        return code;
    }

    @Override
    public void ok() {
        output.get().writeBytes(OK);
    }

    @Override
    public void status(String word) {
        line('+', word);
    }

    @Override
    public void integer(long value) {
        header(':', value);
    }

    @Override
    public void value(byte[] value) {
        if (value == null) {
            output.get().writeBytes(isRespThree ? NULL : NO_VALUE);
            return;
        }
        header('$', value.length);
        output.get().writeBytes(value).writeBytes(END);
    }

    /** A bulk string of the bytes between position and limit; {@code null} if there is none. */
    void value(ByteBuffer value) {
        if (value == null) {
            value((byte[]) null);
            return;
        }
        header('$', value.remaining());
        output.get().writeBytes(value).writeBytes(END);
    }

    /** A bulk string of text. */
    void bulk(String text) {
        value(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void array(int count) {
        header('*', count);
    }

    @Override
    public void map(int count) {
        header(isRespThree ? '%' : '*', isRespThree ? count : 2L * count);
    }

    @Override
    public void set(int count) {
        header(isRespThree ? '~' : '*', count);
    }

    @Override
    public void push(int count) {
        header(isRespThree ? '>' : '*', count);
    }

    @Override
    public void number(double value) {
        String digits = digitsOf(value);
        if (isRespThree) {
            line(',', digits);
        } else {
            bulk(digits);
        }
    }

    private static String digitsOf(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e17
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    @Override
    public void noArray() {
        output.get().writeBytes(isRespThree ? NULL : NO_ARRAY);
    }

    @Override
    public void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (isRespThree) {
            header('=', bytes.length + VERBATIM_TEXT.length);
            output.get().writeBytes(VERBATIM_TEXT).writeBytes(bytes).writeBytes(END);
        } else {
            value(bytes);
        }
    }

    /** Control characters in the message are replaced: it is one line. */
    @Override
    public void error(String code, String message) {
        lastError = code;
        line('-', code + ' ' + message);
    }

    private void line(char type, String text) {
        ByteBuf out = output.get();
        out.writeByte(type);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] >= 0 && bytes[i] < ' ') {
                bytes[i] = ' ';
            }
        }
        out.writeBytes(bytes).writeBytes(END);
    }

    private void header(char type, long value) {
        int from = DecimalBytes.write(value, number, NUMBER_LENGTH - END.length);
        number[--from] = (byte) type;
        output.get().writeBytes(number, from, NUMBER_LENGTH - from);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
