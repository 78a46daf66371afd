package dev.poro.cli;

import dev.poro.command.Replies;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the replies of a server, in RESP2 or RESP3, and gives them to {@link Replies}. What a server declares takes no
 * memory before it has come. Not thread-safe.
 */
final class RespInput {
    /** A message that no command asked for, in RESP3. */
    static final char PUSH = '>';

    static final char ERROR = '-';

    private static final int BUFFER_LENGTH = 16 << 10;
    private static final int MAX_LINE_LENGTH = 64 << 10;
    private static final int MAX_DEPTH = 64;

    /** The longest string of Redis. */
    private static final int MAX_STRING_LENGTH = 512 << 20;

    /** A longer string grows as it comes. */
    private static final int TRUSTED_LENGTH = 1 << 20;

    private static final int FORMAT_LENGTH = "txt:".length();
    private static final String END = "\r\n";

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_LENGTH];
    private int next;
    private int limit;

    RespInput(InputStream in) {
        this.in = in;
    }

    /**
     * Waits for a reply.
     *
     * @return its first byte, which is its type
     */
    char peek() throws IOException {
        fill();
        return (char) (buffer[next] & 0xff);
    }

    /**
     * Reads one reply.
     *
     * @return its first byte, which is its type
     * @throws EOFException if the server has closed the connection
     * @throws IOException if the connection fails, what comes is no RESP, or the reply cannot be delivered
     */
    char read(Replies replies) throws IOException {
        return read(replies, 0);
    }

    private char read(Replies replies, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw noResp("arrays in arrays, " + depth + " deep");
        }
        char type = (char) (readByte() & 0xff);
        String line = readLine();
        while (type == '|') {
            readAttributes(line, depth);
            type = (char) (readByte() & 0xff);
            line = readLine();
        }
        switch (type) {
            case '+':
                replyStatus(replies, line);
                break;
            case ERROR:
                replyError(replies, line);
                break;
            case ':':
                replies.integer(number(line));
                break;
            case '$':
                int length = length(line);
                replies.value(length < 0 ? null : readString(length));
                break;
            case '=':
                replies.text(textOf(readString(length(line))));
                break;
            case '!':
                String error = new String(readString(length(line)), StandardCharsets.UTF_8);
                replyError(replies, withoutControls(error).replace('\n', ' '));
                break;
            case '_':
                replies.value(null);
                break;
            case '#':
                replies.integer(line.equals("t") ? 1 : 0);
                break;
            case ',', '(':
                replies.value(line.getBytes(StandardCharsets.UTF_8));
                break;
            case '*', '~', PUSH, '%':
                readAggregate(replies, type, length(line), depth);
                break;
            default:
                throw noResp("a reply that begins with the byte " + (int) type);
        }
        return type;
    }

    private void readAggregate(Replies replies, char type, int count, int depth) throws IOException {
        int elements = count;
        if (count < 0) {
            replies.noArray();
        } else if (type == '%') {
            replies.map(count);
            elements = 2 * count;
        } else if (type == '~') {
            replies.set(count);
        } else if (type == PUSH) {
            replies.push(count);
        } else {
            replies.array(count);
        }
        for (int i = 0; i < elements; i++) {
            read(replies, depth + 1);
        }
    }

    /** They say something about the reply that follows, which is no part of it. */
    private void readAttributes(String line, int depth) throws IOException {
        SilentReplies nowhere = new SilentReplies();
        for (long left = 2L * length(line); left > 0; left--) {
            read(nowhere, depth + 1);
        }
    }

    private static void replyStatus(Replies replies, String line) throws IOException {
        if (line.equals("OK")) {
            replies.ok();
        } else {
            replies.status(line);
        }
    }

    private static void replyError(Replies replies, String line) throws IOException {
        int blank = line.indexOf(' ');
        if (blank > 0) {
            replies.error(line.substring(0, blank), line.substring(blank + 1));
        } else {
            replies.error(line);
        }
    }

    /** Without what could control the terminal. */
    private static String textOf(byte[] string) {
        String text = new String(string, StandardCharsets.UTF_8);
        String content = text.substring(Math.min(FORMAT_LENGTH, text.length())).replace(END, "\n");
        return withoutControls(content.endsWith("\n") ? content.substring(0, content.length() - 1) : content);
    }

    private static String withoutControls(String text) {
        return text.replaceAll("[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\\n\\t]]", " ");
    }

    private static int length(String line) throws IOException {
        long length = number(line);
        if (length < -1 || length > MAX_STRING_LENGTH) {
            throw noResp("a length of " + length);
        }
        return (int) length;
    }

    private static long number(String line) throws IOException {
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException e) {
            throw noResp("no number: " + line);
        }
    }

    private byte[] readString(int length) throws IOException {
        byte[] string = new byte[Math.max(0, Math.min(length, TRUSTED_LENGTH))];
        int read = 0;
        while (read < length) {
            if (read == string.length) {
                string = Arrays.copyOf(string, (int) Math.min(length, 2L * read));
            }
            fill();
            int part = Math.min(string.length - read, limit - next);
            System.arraycopy(buffer, next, string, read, part);
            next += part;
            read += part;
        }
        if (readByte() != '\r' || readByte() != '\n') {
            throw noResp("a string that is longer than it says");
        }
        return string;
    }

    private String readLine() throws IOException {
        StringBuilder latin = new StringBuilder();
        for (byte b = readByte(); b != '\r'; b = readByte()) {
            if (b == '\n' || latin.length() == MAX_LINE_LENGTH) {
                throw noResp("a line without an end");
            }
            latin.append((char) (b & 0xff));
        }
        if (readByte() != '\n') {
            throw noResp("a line without an end");
        }
        String text = new String(latin.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return withoutControls(text);
    }

    private byte readByte() throws IOException {
        fill();
        return buffer[next++];
    }

    private void fill() throws IOException {
        if (next == limit) {
            int length = in.read(buffer, 0, buffer.length);
            if (length < 0) {
                throw new EOFException();
            }
            next = 0;
            limit = length;
        }
    }

    private static IOException noResp(String what) {
        return new IOException("it does not speak the protocol of Redis: " + what);
    }
}
