package dev.poro.server;

import dev.poro.command.Replies;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads arguments that are words of the protocol, and writes such replies. */
final class Words {
    private Words() {}

    /** The text of an argument. */
    static String text(byte[] word) {
        return new String(word, StandardCharsets.UTF_8);
    }

    /** The bytes of a word. */
    static byte[] bytes(String word) {
        return word.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether an argument is a word, in any case. */
    static boolean is(byte[] word, String expected) {
        return word.length == expected.length() && text(word).equalsIgnoreCase(expected);
    }

    /** The number that an argument is; {@link DecimalBytes#INVALID} if it is none. */
    static long number(byte[] word) {
        return DecimalBytes.parse(word, 0, word.length);
    }

    /** Whether a client may be called so: printable, without blanks. */
    static boolean isName(byte[] word) {
        for (byte b : word) {
            if (b < '!' || b > '~') {
                return false;
            }
        }
        return true;
    }

    static void reply(Replies replies, String text) throws IOException {
        replies.value(text.getBytes(StandardCharsets.UTF_8));
    }

    /** An array of texts. */
    static void reply(Replies replies, List<String> texts) throws IOException {
        replies.array(texts.size());
        for (String text : texts) {
            reply(replies, text);
        }
    }
}
