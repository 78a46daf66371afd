package dev.poro.command;

import java.nio.charset.StandardCharsets;

/**
 * A pattern of keys, as in Redis: {@code *} is any bytes, {@code ?} is one, {@code [a-c]} is one of these, {@code
 * [^a]} is any other, and a backslash takes the meaning from the next byte. Takes time in proportion to the lengths of
 * pattern and key, multiplied, at most. Immutable.
 */
public final class GlobPattern {
    private static final int NO_MATCH = -1;

    private final byte[] pattern;

    /** @param pattern must not be changed any more */
    public GlobPattern(byte[] pattern) {
        this.pattern = pattern;
    }

    /** A pattern of text. */
    public GlobPattern(String pattern) {
        this(pattern.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether all of a text matches. */
    public boolean matches(String text) {
        return matches(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether all of a key matches. */
    public boolean matches(byte[] key) {
        int at = 0;
        int star = NO_MATCH;
        int keyAfterStar = 0;
        int i = 0;
        while (i < key.length) {
            if (at < pattern.length && pattern[at] == '*') {
                star = at++;
                keyAfterStar = i;
                continue;
            }
            int next = at < pattern.length ? match(at, key[i]) : NO_MATCH;
            if (next != NO_MATCH) {
                at = next;
                i++;
            } else if (star != NO_MATCH) {
                // The last star takes one byte more; earlier ones need not, because it takes over all that they could.
                at = star + 1;
                i = ++keyAfterStar;
            } else {
                return false;
            }
        }
        while (at < pattern.length && pattern[at] == '*') {
            at++;
        }
        return at == pattern.length;
    }

    /** The place after the part of the pattern at a place, if that matches the byte. */
    private int match(int at, byte b) {
        switch (pattern[at]) {
            case '?':
                return at + 1;
            case '[':
                return matchSet(at + 1, b);
            case '\\':
                int literal = at + 1 < pattern.length ? at + 1 : at;
                return pattern[literal] == b ? literal + 1 : NO_MATCH;
            default:
                return pattern[at] == b ? at + 1 : NO_MATCH;
        }
    }

    /** A set ends with its bracket, or with the pattern. */
    private int matchSet(int first, byte b) {
        int at = first;
        boolean negated = at < pattern.length && pattern[at] == '^';
        at += negated ? 1 : 0;
        boolean found = false;
        while (at < pattern.length && pattern[at] != ']') {
            if (pattern[at] == '\\' && at + 1 < pattern.length) {
                found |= pattern[at + 1] == b;
                at += 2;
            } else if (at + 2 < pattern.length && pattern[at + 1] == '-') {
                found |= isBetween(pattern[at], pattern[at + 2], b);
                at += 3;
            } else {
                found |= pattern[at] == b;
                at++;
            }
        }
        int next = Math.min(at + 1, pattern.length);
        return found != negated ? next : NO_MATCH;
    }

    private static boolean isBetween(byte one, byte other, byte b) {
        int low = Math.min(one & 0xff, other & 0xff);
        int high = Math.max(one & 0xff, other & 0xff);
        return (b & 0xff) >= low && (b & 0xff) <= high;
    }
}
