package dev.poro.cli;

import dev.poro.command.Replies;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes replies in the form of redis-cli, one to a line, in UTF-8. Replies are buffered until {@link #flush()}. Every
 * method throws {@link ReplyException} when the replies cannot be written any more. Not thread-safe.
 */
final class ReplyStream implements Replies, Flushable {
    private static final int BUFFER_SIZE = 64 * 1024;

    private static final byte[] OK = ascii("OK\n");
    private static final byte[] NIL = ascii("(nil)\n");
    private static final byte[] ZERO = ascii("(integer) 0\n");
    private static final byte[] ONE = ascii("(integer) 1\n");

    private final OutputStream out;
    private boolean hasErrors;

    ReplyStream(OutputStream out) {
        this.out = new BufferedOutputStream(new Output(out), BUFFER_SIZE);
    }

    @Override
    public void ok() throws IOException {
        out.write(OK);
    }

    /** {@code null} is replied as {@code (nil)}. */
    @Override
    public void value(byte[] value) throws IOException {
        if (value == null) {
            out.write(NIL);
        } else {
            Quoting.quote(value, out);
            out.write('\n');
        }
    }

    /** Writes the bytes unchanged. */
    void bytes(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    @Override
    public void integer(long value) throws IOException {
        if (value == 0) {
            out.write(ZERO);
        } else if (value == 1) {
            out.write(ONE);
        } else {
            text("(integer) " + value);
        }
    }

    @Override
    public void text(String text) throws IOException {
        print(text);
        out.write('\n');
    }

    /** Text without an end of line: a prompt. */
    void print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Control characters in the message are replaced, so that it takes one line. */
    @Override
    public void error(String message) throws IOException {
        hasErrors = true;
        text("(error) ERR " + message.replaceAll("\\p{Cntrl}+", " "));
    }

    /** Whether an error was replied. */
    boolean hasErrors() {
        return hasErrors;
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    private static byte[] ascii(String reply) {
        return reply.getBytes(StandardCharsets.US_ASCII);
    }

    /** Marks failures of the output, to distinguish them from all others. */
    private static final class Output extends FilterOutputStream {
        Output(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw new ReplyException(e);
            }
        }
    }
}
