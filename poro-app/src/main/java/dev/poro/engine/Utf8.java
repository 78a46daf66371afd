package dev.poro.engine;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Encodes strings as keys and values. */
final class Utf8 {
    private Utf8() {}

    /**
     * @param name what the text is, for messages
     * @throws IllegalArgumentException if the text has an unpaired surrogate
     */
    static byte[] encode(String text, String name) {
        Objects.requireNonNull(text, name);
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "the " + name + " has an unpaired surrogate, which UTF-8 cannot express", e);
        }
    }
}
