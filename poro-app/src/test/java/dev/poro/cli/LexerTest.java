package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LexerTest {
    @Test
    void separatesAtBlanks() throws LineSyntaxException {
        assertThat(split(" SET\tkey   value \r")).containsExactly("SET", "key", "value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t \r"})
    void findsNothingInABlankLine(String line) throws LineSyntaxException {
        assertThat(split(line)).isEmpty();
    }

    @Test
    void looksOnlyAtItsPartOfTheBuffer() throws LineSyntaxException {
        List<byte[]> arguments = Lexer.split(latin1("\"a \"b c\"d\""), 4, 7);

        assertThat(arguments).containsExactly(latin1("b"), latin1("c"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"two words\"  | two words",
                "'two words'    | two words",
                "\"a'b\"        | a'b",
                "'a\"b'         | a\"b",
                "'it\\'s'       | it's",
                "'a\\nb'        | a\\nb",
                "'a\\\\b'       | a\\\\b",
                "\"a\\\"b\"     | a\"b",
                "\"a\\\\b\"     | a\\b",
                "\"\\x41\\x7A\" | Az",
                "\"\\x4\"       | x4",
                "\"\\xzz\"      | xzz",
                "\"\\q\"        | q",
                "a\\nb          | a\\nb",
                "pre\"fix\"     | prefix"
            })
    void unquotes(String quoted, String expected) throws LineSyntaxException {
        assertThat(split(quoted)).containsExactly(expected);
    }

    @Test
    void knowsTheEscapesOfRedis() throws LineSyntaxException {
        assertThat(split("\"\\n\\r\\t\\a\\b\\x00\\xfF\"")).containsExactly("\n\r\t\u0007\b\0\u00ff");
    }

    @Test
    void acceptsEmptyArguments() throws LineSyntaxException {
        assertThat(split("SET \"\" ''")).containsExactly("SET", "", "");
    }

    @Test
    void keepsEveryOtherByte() throws LineSyntaxException {
        assertThat(split("\0\u0001\u007f\u0080\u00ff")).containsExactly("\0\u0001\u007f\u0080\u00ff");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"",
                "'",
                "\"abc",
                "'abc",
                "SET k \"v",
                "\"\\\"",
                "'\\'",
                "\"\\",
                "'\\",
                "'\\\\'",
                "abc\"",
                "\"\\x41"
            })
    void rejectsAQuoteThatIsNeverClosed(String line) {
        assertThatThrownBy(() -> split(line))
                .isInstanceOf(LineSyntaxException.class)
                .hasMessageContaining("unbalanced quotes")
                .hasMessageContaining("never closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a\"b", "'a'b", "\"a\"\"b\"", "'a'\"b\""})
    void rejectsAClosingQuoteThatNoBlankFollows(String line) {
        assertThatThrownBy(() -> split(line))
                .isInstanceOf(LineSyntaxException.class)
                .hasMessageContaining("unbalanced quotes")
                .hasMessageContaining("followed by a blank");
    }

    @Test
    void survivesEveryLine() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] alphabet = latin1("\"'\\xnab01 \t\r\0\u00c3\u00a9\u00ff");
        for (int i = 0; i < 200_000; i++) {
            byte[] line = new byte[random.nextInt(24)];
            for (int j = 0; j < line.length; j++) {
                line[j] = alphabet[random.nextInt(alphabet.length)];
            }
            try {
                Lexer.split(line, 0, line.length);
            } catch (LineSyntaxException e) {
                assertThat(e).as("seed %d", seed).hasMessageContaining("unbalanced quotes");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", line " + Quoting.quote(line), e);
            }
        }
    }

    private static List<String> split(String line) throws LineSyntaxException {
        byte[] bytes = latin1(line);
        return Lexer.split(bytes, 0, bytes.length).stream()
                .map(argument -> new String(argument, StandardCharsets.ISO_8859_1))
                .collect(Collectors.toList());
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
