package dev.poro.server;

import java.util.Arrays;

/**
 * Finds the arguments of requests in the bytes of a client, as Redis does and with the same errors. A request is an
 * array of bulk strings, or a line, see {@link InlineRequest}. The bytes may come in pieces of any size; what was
 * looked at once is not looked at again. Allocates nothing but the offsets, which grow with the bytes that have come
 * and not with what they declare. Not thread-safe.
 *
 * <pre>
 *   input:  ... | * 2 \r \n $ 3 \r \n G E T \r \n $ 1 \r \n k \r \n | * ...
 *               base                  start end             start end
 * </pre>
 *
 * <p>Offsets count from the base, the first byte of the request, so that the caller can move the bytes.
 */
final class RequestParser {
    /** The longest line: an inline request, or a header. */
    static final int MAX_LINE = 64 * 1024;

    /** Before AUTH: the most arguments, and the longest one. */
    static final int MAX_ARGUMENTS_BEFORE_AUTH = 10;

    static final int MAX_LENGTH_BEFORE_AUTH = 16 * 1024;

    /** The longest bulk string of the protocol; a longer one is an error from which there is no way back. */
    static final int MAX_BULK_LENGTH = 512 * 1024 * 1024;

    private static final int UNKNOWN = -1;
    private static final int KEPT_OFFSETS = 64;

    /** What the bytes are. */
    enum Found {
        /** A request, maybe without arguments: that one has no reply. */
        REQUEST,
        /** A part of a request: more must come. */
        PART,
        /** A request that is longer than the limit; its bytes were skipped. */
        TOO_LONG,
        /** No request; {@link #error} says why. What comes next cannot be understood. */
        ERROR
    }

    private final int maxLength;
    private boolean isAuthenticated;
    private String error;

    /** Start and end of each argument. */
    private int[] offsets = new int[KEPT_OFFSETS];

    private int count;

    /** The arguments that are still to come, or UNKNOWN before the header. */
    private int missing;

    /** The bytes of an argument that are still to come, or UNKNOWN before its header. */
    private int bulkLength;

    /** All before it is parsed. */
    private int position;

    /** The search for the end of a line goes on here. */
    private int searched;

    private boolean isSkipping;

    /**
     * A parser at the beginning of a request.
     *
     * @param maxLength of a request in bytes
     */
    RequestParser(int maxLength) {
        this.maxLength = maxLength;
        begin();
    }

    /** Whether the lower limits before AUTH are off. */
    void setAuthenticated(boolean authenticated) {
        isAuthenticated = authenticated;
    }

    /** Goes to the next request, which begins {@link #length} bytes after the base. */
    void begin() {
        count = 0;
        missing = UNKNOWN;
        bulkLength = UNKNOWN;
        position = 0;
        searched = 0;
        isSkipping = false;
        if (offsets.length > KEPT_OFFSETS) {
            offsets = new int[KEPT_OFFSETS];
        }
    }

    /** The number of arguments, the name of the command included. */
    int count() {
        return count;
    }

    /** Where an argument starts. */
    int start(int argument) {
        return offsets[2 * argument];
    }

    /** Where an argument ends. */
    int end(int argument) {
        return offsets[2 * argument + 1];
    }

    /** The length of the request, or of what is parsed of it. */
    int length() {
        return position;
    }

    /** What is wrong, as Redis says it. */
    String error() {
        return error;
    }

    /**
     * The bytes of the part that need not be kept, because the request is too long: it then goes on at {@code base +
     * dropped}.
     */
    int drop() {
        if (!isSkipping) {
            return 0;
        }
        int dropped = position;
        searched -= dropped;
        position = 0;
        return dropped;
    }

    /**
     * Parses one request, or goes on with it.
     *
     * @param input may be changed: an inline request loses its quotes
     * @param base where the request begins
     * @param end of the bytes that have come
     */
    Found parse(byte[] input, int base, int end) {
        if (missing == UNKNOWN) {
            if (base == end) {
                return Found.PART;
            }
            if (input[base] != '*') {
                return parseLine(input, base, end);
            }
            Found header = parseHeader(input, base, end);
            if (header != null) {
                return header;
            }
        }
        while (missing > 0) {
            Found problem = bulkLength == UNKNOWN ? parseBulkHeader(input, base, end) : null;
            if (problem == null) {
                problem = parseBulk(base, end);
            }
            if (problem != null) {
                return problem;
            }
        }
        return isSkipping ? Found.TOO_LONG : Found.REQUEST;
    }

    private Found parseLine(byte[] input, int base, int end) {
        int lineEnd = find((byte) '\n', input, base, end);
        if (lineEnd == UNKNOWN) {
            return end - base > MAX_LINE ? wrong("too big inline request") : Found.PART;
        }
        position = lineEnd + 1 - base;
        if (lineEnd - base > MAX_LINE) {
            return wrong("too big inline request");
        }
        int to = lineEnd > base && input[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
        return InlineRequest.split(input, base, to, this) ? Found.REQUEST : wrong("unbalanced quotes in request");
    }

    /** Returns {@code null} if arguments follow. */
    private Found parseHeader(byte[] input, int base, int end) {
        int lineEnd = headerEnd(input, base, end);
        if (lineEnd == UNKNOWN) {
            return end - base > MAX_LINE ? wrong("too big mbulk count string") : Found.PART;
        }
        long number = DecimalBytes.parse(input, base + 1, lineEnd);
        if (number == DecimalBytes.INVALID || number > Integer.MAX_VALUE) {
            return wrong("invalid multibulk length");
        }
        if (number > MAX_ARGUMENTS_BEFORE_AUTH && !isAuthenticated) {
            return wrong("unauthenticated multibulk length");
        }
        position = searched = lineEnd + 2 - base;
        missing = (int) Math.max(0, number);
        return null;
    }

    private Found parseBulkHeader(byte[] input, int base, int end) {
        int lineEnd = headerEnd(input, base, end);
        if (lineEnd == UNKNOWN) {
            return end - base - position > MAX_LINE ? wrong("too big bulk count string") : Found.PART;
        }
        int at = base + position;
        if (input[at] != '$') {
            return wrong("expected '$', got '" + (char) (input[at] & 0xff) + "'");
        }
        long number = DecimalBytes.parse(input, at + 1, lineEnd);
        if (number < 0 || number > MAX_BULK_LENGTH) {
            return wrong("invalid bulk length");
        }
        if (number > MAX_LENGTH_BEFORE_AUTH && !isAuthenticated) {
            return wrong("unauthenticated bulk length");
        }
        position = searched = lineEnd + 2 - base;
        bulkLength = (int) number;
        isSkipping |= position + number > maxLength;
        return null;
    }

    /** Returns {@code null} if the argument is complete. */
    private Found parseBulk(int base, int end) {
        int there = end - base - position;
        if (isSkipping) {
            return skipBulk(there);
        }
        if (there < bulkLength + 2) {
            return Found.PART;
        }
        addArgument(position, position + bulkLength);
        endBulk(bulkLength + 2);
        return null;
    }

    private Found skipBulk(int there) {
        int content = Math.min(there, bulkLength);
        position += content;
        bulkLength -= content;
        if (there - content < 2) {
            searched = position;
            return Found.PART;
        }
        endBulk(2);
        return null;
    }

    private void endBulk(int length) {
        position += length;
        searched = position;
        bulkLength = UNKNOWN;
        missing--;
    }

    /** Adds an argument that lies between offsets. */
    void addArgument(int start, int end) {
        if (2 * count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * offsets.length);
        }
        offsets[2 * count] = start;
        offsets[2 * count + 1] = end;
        count++;
    }

    /** Where the carriage return of a header is, once the byte after it is there, too. */
    private int headerEnd(byte[] input, int base, int end) {
        int found = find((byte) '\r', input, base, end);
        return found == UNKNOWN || found + 1 < end ? found : UNKNOWN;
    }

    private int find(byte wanted, byte[] input, int base, int end) {
        for (int i = base + searched; i < end; i++) {
            if (input[i] == wanted) {
                return i;
            }
        }
        searched = end - base;
        return UNKNOWN;
    }

    private Found wrong(String why) {
        error = "Protocol error: " + why;
        return Found.ERROR;
    }
}
