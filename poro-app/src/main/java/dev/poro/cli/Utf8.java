package dev.poro.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Strict decoding of one character of UTF-8 (RFC 3629) that takes more than one byte. */
final class Utf8 {
    private static final int MALFORMED = -1;

    private Utf8() {}

    /** The code point whose encoding starts at {@code at}, or a negative number if none does. */
    static int codePointAt(byte[] bytes, int at) {
        int lead = bytes[at] & 0xFF;
        int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || at + length > bytes.length) {
            return MALFORMED;
        }
        int codePoint = lead & (0xFF >> (length + 1));
        for (int i = at + 1; i < at + length; i++) {
            if ((bytes[i] & 0xC0) != 0x80) {
                return MALFORMED;
            }
            codePoint = (codePoint << 6) | (bytes[i] & 0x3F);
        }
        boolean surrogate = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
        boolean shortestForm = length(codePoint) == length;
        return shortestForm && !surrogate && Character.isValidCodePoint(codePoint) ? codePoint : MALFORMED;
    }

    /** The text that the bytes encode; fails if they are not UTF-8. */
    static String decode(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    /** The number of bytes that encode {@code codePoint}. */
    static int length(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }
}
