package dev.poro.cli;

import java.io.Flushable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Splits a stream of bytes into lines. Never holds more than one line of legal length; a longer line is skipped. A line
 * ends with a line feed or with the input. Not thread-safe.
 */
final class LineInput {
    private static final int INITIAL_CAPACITY = 64 * 1024;

    /** What {@link #next()} found. */
    enum Found {
        /** A line, in {@link #buffer()}. */
        LINE,
        /** A line of more than the legal length; it was skipped. */
        TOO_LONG,
        /** The end of the input. */
        END
    }

    private final InputStream in;
    private final Flushable replies;
    private final int maxLength;

    /** {@code [start, end)} is the line; {@code [unread, limit)} was read from the stream but not processed yet. */
    private byte[] buffer = new byte[INITIAL_CAPACITY];

    private int start;
    private int end;
    private int unread;
    private int limit;

    /**
     * @param replies flushed before each read, because the sender may wait for a reply before it sends more
     * @param maxLength the longest legal line in bytes, without its line feed
     */
    LineInput(InputStream in, Flushable replies, int maxLength) {
        this.in = in;
        this.replies = replies;
        this.maxLength = maxLength;
    }

    /** Moves to the next line. */
    Found next() throws IOException {
        start = unread;
        end = start;
        while (true) {
            while (end < limit) {
                if (buffer[end] == '\n') {
                    unread = end + 1;
                    return end - start > maxLength ? Found.TOO_LONG : Found.LINE;
                }
                end++;
            }
            if (end - start > maxLength) {
                skipLine();
                return Found.TOO_LONG;
            }
            if (!read()) {
                unread = end;
                return end > start ? Found.LINE : Found.END;
            }
        }
    }

    /** The buffer, which holds the line at {@code [start(), end())} until the next call of {@link #next()}. */
    byte[] buffer() {
        return buffer;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    /** Skips the rest of the line, including its line feed. */
    private void skipLine() throws IOException {
        do {
            start = 0;
            end = 0;
            limit = 0;
            if (!read()) {
                unread = 0;
                return;
            }
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
        } while (end == limit);
        unread = end + 1;
    }

    /** Reads more bytes to {@code limit}; false at the end of the input. */
    private boolean read() throws IOException {
        makeRoom();
        replies.flush();
        int length = readOrExplain();
        if (length < 0) {
            return false;
        }
        limit += length;
        return true;
    }

    private int readOrExplain() throws IOException {
        try {
            return in.read(buffer, limit, buffer.length - limit);
        } catch (IOException e) {
            throw new IOException("cannot read standard input: " + e.getMessage(), e);
        }
    }

    private void makeRoom() {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, limit - start);
            end -= start;
            limit -= start;
            start = 0;
        } else if (limit == buffer.length) {
            // One byte more than a legal line, to detect lines that are too long.
            buffer = Arrays.copyOf(buffer, (int) Math.min(2L * buffer.length, Math.max(maxLength + 1L, limit + 1L)));
        }
    }
}
