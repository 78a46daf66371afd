package dev.poro.server;

/**
 * A request that a person types: words between blanks. Between double quotes, {@code \n \r \t \b \a \xHH} are one byte
 * each, and a backslash takes the meaning from any other byte; between single quotes, only {@code \'} is special. A
 * closing quote must end its word. As in Redis, a zero byte ends the line.
 */
final class InlineRequest {
    private final byte[] input;
    private final int end;
    private int at;

    /** The next byte of a word goes here: never beyond what was read. */
    private int written;

    private InlineRequest(byte[] input, int from, int to) {
        this.input = input;
        this.at = from;
        this.end = endOfText(input, from, to);
        this.written = from;
    }

    private static int endOfText(byte[] input, int from, int to) {
        for (int i = from; i < to; i++) {
            if (input[i] == 0) {
                return i;
            }
        }
        return to;
    }

    /**
     * Splits a line, in place, and adds its words to the request.
     *
     * @param base where the line begins
     * @return false if quotes are not closed, or text follows them
     */
    static boolean split(byte[] input, int base, int to, RequestParser request) {
        InlineRequest line = new InlineRequest(input, base, to);
        while (line.skipBlanks()) {
            int start = line.written;
            if (!line.word()) {
                return false;
            }
            request.addArgument(start - base, line.written - base);
        }
        return true;
    }

    private boolean skipBlanks() {
        while (at < end && isBlank(input[at])) {
            at++;
        }
        return at < end;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    /** Quotes may begin within a word, but not end there. */
    private boolean word() {
        while (at < end && !isBlank(input[at])) {
            byte b = input[at++];
            if (b == '"' || b == '\'') {
                return quoted(b) && (at == end || isBlank(input[at]));
            }
            input[written++] = b;
        }
        return true;
    }

    private boolean quoted(byte quote) {
        while (at < end) {
            byte b = input[at++];
            if (b == quote) {
                return true;
            }
            input[written++] = b == '\\' ? escaped(quote) : b;
        }
        return false;
    }

    private byte escaped(byte quote) {
        if (quote == '\'') {
            boolean isQuote = at < end && input[at] == '\'';
            return isQuote ? input[at++] : (byte) '\\';
        }
        if (at == end) {
            return '\\';
        }
        byte b = input[at++];
        if (b == 'x' && at + 1 < end && hex(input[at]) >= 0 && hex(input[at + 1]) >= 0) {
            at += 2;
            return (byte) (16 * hex(input[at - 2]) + hex(input[at - 1]));
        }
        switch (b) {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'b':
                return '\b';
            case 'a':
                return 7;
            default:
                return b;
        }
    }

    private static int hex(byte b) {
        return Character.digit(b, 16);
    }
}
