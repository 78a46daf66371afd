package dev.poro.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {
    private static final int MAX_LENGTH = 1_000;

    /** Requests, and errors with a {@code !}, until the first error. */
    static List<String> parse(byte[] stream, int atOnce) {
        return parse(stream, atOnce, true);
    }

    /** @param atOnce how many bytes come at a time */
    static List<String> parse(byte[] stream, int atOnce, boolean isAuthenticated) {
        RequestParser parser = new RequestParser(MAX_LENGTH);
        parser.setAuthenticated(isAuthenticated);
        List<String> found = new ArrayList<>();
        byte[] input = new byte[0];
        int start = 0;
        for (int from = 0; from < stream.length; from += atOnce) {
            byte[] more = Arrays.copyOfRange(stream, from, Math.min(stream.length, from + atOnce));
            byte[] joined = Arrays.copyOfRange(input, start, input.length + more.length);
            System.arraycopy(more, 0, joined, input.length - start, more.length);
            input = joined;
            start = 0;
            RequestParser.Found next;
            while ((next = parser.parse(input, start, input.length)) != RequestParser.Found.PART) {
                if (next == RequestParser.Found.ERROR) {
                    found.add("!" + parser.error());
                    return found;
                }
                found.add(next == RequestParser.Found.TOO_LONG ? "!too long" : requestOf(parser, input, start));
                start += parser.length();
                parser.begin();
            }
            start += parser.drop();
        }
        return found;
    }

    private static String requestOf(RequestParser parser, byte[] input, int start) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < parser.count(); i++) {
            words.add(new String(input, start + parser.start(i), parser.end(i) - parser.start(i), ISO_8859_1));
        }
        return words.toString();
    }

    private static List<String> parse(String stream) {
        return parse(stream.getBytes(ISO_8859_1), Integer.MAX_VALUE / 2);
    }

    @Test
    void findsTheArgumentsOfArraysAndLines() {
        assertThat(parse("*2\r\n$3\r\nGET\r\n$5\r\na\r\n b\r\n*0\r\n*-1\r\nSET  k 'a b'\r\n\r\nPING\n*1\r\n$0\r\n\r\n"))
                .containsExactly("[GET, a\r\n b]", "[]", "[]", "[SET, k, a b]", "[]", "[PING]", "[]");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 11})
    void findsTheSameHoweverTheStreamIsCut(int atOnce) {
        String longRequest = "*2\r\n$3\r\nSET\r\n$2000\r\n" + "x".repeat(2_000) + "\r\n";
        byte[] stream = ("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nv\r\n\0\1\r\nGET \"a\\x41\\n\" 'it''\\''\r\n"
                        + longRequest + "PING\r\n*1\r\n$4\r\nPING\r\n*1\r\n$-1\r\n")
                .getBytes(ISO_8859_1);
        List<String> whole = parse(stream, stream.length);
        assertThat(whole).hasSize(2);

        byte[] good = ("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nv\r\n\0\1\r\nGET \"a\\x41\\n\" 'it\\''\r\n" + longRequest
                        + "PING\r\n*1\r\n$4\r\nPING\r\n*1\r\n$-1\r\n")
                .getBytes(ISO_8859_1);
        List<String> found = parse(good, good.length);
        assertThat(found)
                .containsExactly(
                        "[SET, key, v\r\n\0\1]",
                        "[GET, aA\n, it']",
                        "!too long",
                        "[PING]",
                        "[PING]",
                        "!Protocol error: invalid bulk length");
        assertThat(parse(good, atOnce)).isEqualTo(found);
        assertThat(parse(stream, atOnce)).isEqualTo(whole);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*x\\r\\n                           | invalid multibulk length",
                "*3000000000\\r\\n                  | invalid multibulk length",
                "*+1\\r\\n                          | invalid multibulk length",
                "*01\\r\\n                          | invalid multibulk length",
                "*\\r\\n                            | invalid multibulk length",
                "*3\\r\\nfoo\\r\\n                  | expected '$', got 'f'",
                "*3\\r\\n$3\\r\\nSET\\r\\n$1\\r\\nx\\r\\nfooz\\r\\n | expected '$', got 'f'",
                "*1\\r\\n*1\\r\\n$1\\r\\nx\\r\\n     | expected '$', got '*'",
                "*1\\r\\n%1\\r\\n                   | expected '$', got '%'",
                "*1\\r\\n$-10\\r\\n                 | invalid bulk length",
                "*1\\r\\n$2000000000\\r\\n          | invalid bulk length",
                "*1\\r\\n$99999999999999999999\\r\\n | invalid bulk length",
                "*1\\r\\n$blabla\\r\\n              | invalid bulk length",
                "set \"\"\"test\"\"\" a\\r\\n       | unbalanced quotes in request",
                "set 'a\\r\\n                       | unbalanced quotes in request",
                "set \"a\"b\\r\\n                   | unbalanced quotes in request",
            })
    void saysAsRedisDoesWhatIsWrong(String stream, String error) {
        String bytes = stream.replace("\\r", "\r").replace("\\n", "\n");
        assertThat(parse(bytes)).containsExactly("!Protocol error: " + error);
    }

    @Test
    void takesNoLineThatDoesNotEnd() {
        String endless = "x".repeat(RequestParser.MAX_LINE + 1);
        assertThat(parse(endless)).containsExactly("!Protocol error: too big inline request");
        assertThat(parse("*" + endless)).containsExactly("!Protocol error: too big mbulk count string");
        assertThat(parse("*1\r\n$" + endless)).containsExactly("!Protocol error: too big bulk count string");
        assertThat(parse(endless.substring(0, RequestParser.MAX_LINE))).isEmpty();
    }

    @Test
    void takesLessBeforeAClientHasLoggedIn() {
        byte[] many = "*11\r\n".getBytes(ISO_8859_1);
        byte[] longer = "*1\r\n$16385\r\n".getBytes(ISO_8859_1);
        assertThat(parse(many, 100, false)).containsExactly("!Protocol error: unauthenticated multibulk length");
        assertThat(parse(longer, 100, false)).containsExactly("!Protocol error: unauthenticated bulk length");
        assertThat(parse("*10\r\n".getBytes(ISO_8859_1), 100, false)).isEmpty();
        assertThat(parse("*1\r\n$16384\r\n".getBytes(ISO_8859_1), 100, false)).isEmpty();
        assertThat(parse(many, 100, true)).isEmpty();
    }

    /** What is declared costs nothing: the offsets grow with the bytes that come. */
    @Test
    void goesOnAfterARequestThatIsTooLong() {
        String tooMany = "*300\r\n" + "$1\r\nx\r\n".repeat(300);
        assertThat(parse(tooMany + "PING\r\n")).containsExactly("!too long", "[PING]");
        assertThat(parse("*2147483647\r\n$1\r\nx\r\n")).isEmpty();
    }

    /** Arrays in arrays are no requests, however deep; and what is declared for later is not looked at now. */
    @Test
    void takesNoDepth() {
        assertThat(parse("*1\r\n".repeat(100_000))).containsExactly("!Protocol error: expected '$', got '*'");
        assertThat(parse("*0\r\n".repeat(1_000))).hasSize(1_000).containsOnly("[]");
        assertThat(parse("*2\r\n$536870912\r\nx")).isEmpty();
        assertThat(parse("*1\r\n$536870913\r\nx")).containsExactly("!Protocol error: invalid bulk length");
    }
}
