package dev.poro.cli;

import dev.poro.command.Replies;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Writes replies in the form of redis-cli, one to a line and each element of an array with its number, in UTF-8.
 * Replies are buffered until {@link #flush()}. Every method throws {@link ReplyException} when the replies cannot be
 * written any more. Not thread-safe.
 */
final class ReplyStream implements Replies, Flushable {
    private static final int BUFFER_SIZE = 64 * 1024;

    private static final byte[] OK = ascii("OK\n");
    private static final byte[] EMPTY_ARRAY = ascii("(empty array)\n");
    private static final byte[] NIL = ascii("(nil)\n");
    private static final byte[] ZERO = ascii("(integer) 0\n");
    private static final byte[] ONE = ascii("(integer) 1\n");

    private final OutputStream out;
    private boolean hasErrors;

    /** The array that the next reply belongs to, or {@code null}. */
    private OpenArray array;

    ReplyStream(OutputStream out) {
        this.out = new BufferedOutputStream(new Output(out), BUFFER_SIZE);
    }

    @Override
    public void ok() throws IOException {
        begin();
        out.write(OK);
        end();
    }

    @Override
    public void status(String word) throws IOException {
        text(word);
    }

    /** {@code null} is replied as {@code (nil)}. */
    @Override
    public void value(byte[] value) throws IOException {
        begin();
        if (value == null) {
            out.write(NIL);
        } else {
            Quoting.quote(value, out);
            out.write('\n');
        }
        end();
    }

    @Override
    public void array(int count) throws IOException {
        begin();
        if (count == 0) {
            out.write(EMPTY_ARRAY);
            end();
        } else {
            array = new OpenArray(array, count);
        }
    }

    @Override
    public void noArray() throws IOException {
        value(null);
    }

    /** Writes the bytes unchanged. */
    void bytes(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    @Override
    public void integer(long value) throws IOException {
        begin();
        if (value == 0) {
            out.write(ZERO);
        } else if (value == 1) {
            out.write(ONE);
        } else {
            print("(integer) " + value + "\n");
        }
        end();
    }

    @Override
    public void text(String text) throws IOException {
        begin();
        print(array == null ? text : text.replace("\n", "\n" + " ".repeat(array.indent + array.width)));
        out.write('\n');
        end();
    }

    /** Text without an end of line: a prompt. */
    void print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Control characters in the message are replaced, so that it takes one line. */
    @Override
    public void error(String code, String message) throws IOException {
        hasErrors = true;
        text("(error) " + code + " " + message.replaceAll("\\p{Cntrl}+", " "));
    }

    /** Writes what comes before a reply: its number, if it is part of an array. */
    private void begin() throws IOException {
        if (array != null) {
            print(array.nextNumber());
        }
    }

    private void end() {
        while (array != null && array.isComplete()) {
            array = array.outer;
        }
    }

    /** An array of which not all elements are written. */
    private static final class OpenArray {
        private final OpenArray outer;
        private final int count;
        /** Where its numbers begin. */
        private final int indent;
        /** Of a number with its bracket and blank. */
        private final int width;

        private int written;

        OpenArray(OpenArray outer, int count) {
            this.outer = outer;
            this.count = count;
            this.indent = outer == null ? 0 : outer.indent + outer.width;
            this.width = Integer.toString(count).length() + 2;
        }

        boolean isComplete() {
            return written == count;
        }

        /** The first one follows the number of the array itself, if that is an element, too. */
        String nextNumber() {
            String blanks = written == 0 ? "" : " ".repeat(indent);
            written++;
            return blanks + String.format(Locale.ROOT, "%" + (width - 2) + "d) ", written);
        }
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
