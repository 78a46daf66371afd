package dev.poro.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits a line into arguments by the rules of redis-cli, so that the output of {@link Quoting} can be pasted back.
 *
 * <ul>
 *   <li>Arguments are separated by blanks: space, tab, carriage return, vertical tab, form feed.
 *   <li>Between double quotes, {@code \n \r \t \a \b} and {@code \xHH} mean one byte; a backslash before any other
 *       character means that character.
 *   <li>Between single quotes, only {@code \'} is special.
 *   <li>A closing quote is followed by a blank or by the end of the line.
 *   <li>Outside quotes nothing else is special: a backslash is a backslash, a zero byte is a byte.
 * </ul>
 */
final class Lexer {
    private final byte[] line;
    private final int end;
    private int at;

    private Lexer(byte[] line, int from, int to) {
        this.line = line;
        this.at = from;
        this.end = to;
    }

    /** The arguments in {@code line[from..to)}; none if there are only blanks. */
    static List<byte[]> split(byte[] line, int from, int to) throws LineSyntaxException {
        Lexer lexer = new Lexer(line, from, to);
        List<byte[]> arguments = new ArrayList<>(4);
        lexer.skipBlanks();
        while (lexer.at < lexer.end) {
            arguments.add(lexer.argument());
            lexer.skipBlanks();
        }
        return arguments;
    }

    private void skipBlanks() {
        while (at < end && isBlank(line[at])) {
            at++;
        }
    }

    private byte[] argument() throws LineSyntaxException {
        int start = at;
        while (at < end && !isBlank(line[at])) {
            if (isQuote(line[at])) {
                return quotedArgument(start);
            }
            at++;
        }
        return Arrays.copyOfRange(line, start, at);
    }

    /** An argument that starts at {@code start}; the first quote is at the current position and need not be there. */
    private byte[] quotedArgument(int start) throws LineSyntaxException {
        int length = at - start;
        byte[] argument = new byte[closingQuote(at) - start];
        System.arraycopy(line, start, argument, 0, length);
        byte quote = line[at++];
        while (line[at] != quote) {
            argument[length++] = quote == '"' ? doubleQuotedByte() : singleQuotedByte();
        }
        at++;
        if (at < end && !isBlank(line[at])) {
            throw new LineSyntaxException(
                    "unbalanced quotes: a closing quote must be followed by a blank; inside double"
                            + " quotes write \\\" for a double quote");
        }
        return Arrays.copyOf(argument, length);
    }

    /** The position of the quote that closes the one at {@code open}. */
    private int closingQuote(int open) throws LineSyntaxException {
        byte quote = line[open];
        for (int i = open + 1; i < end; i++) {
            if (line[i] == quote) {
                return i;
            }
            if (line[i] == '\\' && (quote == '"' || (i + 1 < end && line[i + 1] == '\''))) {
                i++;
            }
        }
        throw new LineSyntaxException(
                "unbalanced quotes: a " + (quote == '"' ? "double" : "single") + " quote is opened and never closed");
    }

    private byte doubleQuotedByte() {
        byte b = line[at++];
        if (b != '\\') {
            return b;
        }
        byte escaped = line[at++];
        switch (escaped) {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'a':
                return 0x07;
            case 'b':
                return '\b';
            case 'x':
                return isHexByteNext() ? hexByte() : escaped;
            default:
                return escaped;
        }
    }

    private byte singleQuotedByte() {
        byte b = line[at++];
        if (b == '\\' && line[at] == '\'') {
            return line[at++];
        }
        return b;
    }

    private boolean isHexByteNext() {
        return at + 1 < end && Character.digit(line[at], 16) >= 0 && Character.digit(line[at + 1], 16) >= 0;
    }

    private byte hexByte() {
        int value = (Character.digit(line[at], 16) << 4) | Character.digit(line[at + 1], 16);
        at += 2;
        return (byte) value;
    }

    private static boolean isQuote(byte b) {
        return b == '"' || b == '\'';
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }
}
