package dev.poro.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * How keys and values are printed: between double quotes, on one line, and so that {@link Lexer} reads the same bytes
 * back. Printable text is shown unchanged, in UTF-8. Everything else (control and format characters, blanks other than
 * the space, bytes that are no UTF-8) is escaped byte by byte, because a value must neither hide anything nor control
 * the terminal.
 */
final class Quoting {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private Quoting() {}

    static String quote(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + 2);
        try {
            quote(bytes, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    static void quote(byte[] bytes, OutputStream out) throws IOException {
        out.write('"');
        int written = 0;
        int at = 0;
        while (at < bytes.length) {
            int length = printableLength(bytes, at);
            if (length > 0) {
                at += length;
            } else {
                out.write(bytes, written, at - written);
                escape(bytes[at], out);
                at++;
                written = at;
            }
        }
        out.write(bytes, written, at - written);
        out.write('"');
    }

    private static void escape(byte b, OutputStream out) throws IOException {
        out.write('\\');
        switch (b) {
            case '"':
            case '\\':
                out.write(b);
                break;
            case '\n':
                out.write('n');
                break;
            case '\r':
                out.write('r');
                break;
            case '\t':
                out.write('t');
                break;
            case 0x07:
                out.write('a');
                break;
            case '\b':
                out.write('b');
                break;
            default:
                out.write('x');
                out.write(HEX[(b >> 4) & 0xF]);
                out.write(HEX[b & 0xF]);
        }
    }

    /** The number of bytes that the character at {@code at} takes if it can be shown unchanged, otherwise 0. */
    private static int printableLength(byte[] bytes, int at) {
        byte first = bytes[at];
        if (first >= 0) {
            return first >= ' ' && first < 0x7f && first != '"' && first != '\\' ? 1 : 0;
        }
        int codePoint = Utf8.codePointAt(bytes, at);
        return codePoint >= 0 && isPrintable(codePoint) ? Utf8.length(codePoint) : 0;
    }

    private static boolean isPrintable(int codePoint) {
        switch (Character.getType(codePoint)) {
            case Character.CONTROL:
            case Character.FORMAT:
            case Character.SPACE_SEPARATOR:
            case Character.LINE_SEPARATOR:
            case Character.PARAGRAPH_SEPARATOR:
            case Character.PRIVATE_USE:
            case Character.UNASSIGNED:
                return false;
            default:
                return true;
        }
    }
}
