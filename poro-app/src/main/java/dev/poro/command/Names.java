package dev.poro.command;

import java.nio.charset.StandardCharsets;

/** Names of commands and options: upper-case ASCII, typed in any case. */
final class Names {
    private Names() {}

    /** Compares bytes, so that the rules of a locale (Turkish i) do not apply. */
    static boolean equalsIgnoreCase(String name, byte[] typed) {
        if (name.length() != typed.length) {
            return false;
        }
        for (int i = 0; i < typed.length; i++) {
            if (name.charAt(i) != upper(typed[i])) {
                return false;
            }
        }
        return true;
    }

    /** Upper case of ASCII letters; every byte becomes one character. */
    static String upper(byte[] typed) {
        char[] name = new char[typed.length];
        for (int i = 0; i < typed.length; i++) {
            name[i] = (char) (upper(typed[i]) & 0xff);
        }
        return new String(name);
    }

    /** Every byte as one character. */
    static String exact(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static int upper(byte b) {
        return b >= 'a' && b <= 'z' ? b - 'a' + 'A' : b;
    }
}
