package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobPatternTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "*          | anything  | true",
                "*          | ~~        | true",
                "~~         | ~~        | true",
                "~~         | a         | false",
                "abc        | abc       | true",
                "abc        | abcd      | false",
                "abcd       | abc       | false",
                "a*c        | abbbc     | true",
                "a*c        | ac        | true",
                "a*c        | acb       | false",
                "a*b*c      | aXbYbZc   | true",
                "**a**      | bab       | true",
                "h?llo      | hello     | true",
                "h?llo      | hllo      | false",
                "h[ae]llo   | hello     | true",
                "h[ae]llo   | hillo     | false",
                "h[^e]llo   | hallo     | true",
                "h[^e]llo   | hello     | false",
                "h[a-c]llo  | hbllo     | true",
                "h[c-a]llo  | hbllo     | true",
                "h[a-c]llo  | hdllo     | false",
                "h[\\]]llo  | h]llo     | true",
                "h[a-       | h-        | true",
                "[abc       | b         | true",
                "[]a        | a         | false",
                "\\*        | *         | true",
                "\\*        | a         | false",
                "a\\        | a\\       | true",
                "[^]*       | ab        | true",
            })
    void matchesAsRedisDoes(String pattern, String key, boolean matches) {
        assertThat(new GlobPattern(latin1(pattern)).matches(latin1(key))).isEqualTo(matches);
    }

    @Test
    void matchesBytesAboveAscii() {
        assertThat(new GlobPattern(latin1("[\u0080-\u00ff]")).matches(latin1("\u00e9")))
                .isTrue();
        assertThat(new GlobPattern(latin1("[a-\u00ff]")).matches(latin1("\u0000")))
                .isFalse();
    }

    /** Matchers that try every length for every star take longer than anyone waits. */
    @Test
    void needsNoExponentialTime() {
        String pattern = "*a".repeat(200) + "b";

        assertThat(new GlobPattern(latin1(pattern)).matches(latin1("a".repeat(5_000))))
                .isFalse();
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
