package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuotingTest {
    @Test
    void printsAsRedisDoes() {
        assertThat(quote("Hello, World!")).isEqualTo("\"Hello, World!\"");
        assertThat(quote("")).isEqualTo("\"\"");
        assertThat(quote("\" \\ ' \n \r \t \u0007 \b")).isEqualTo("\"\\\" \\\\ ' \\n \\r \\t \\a \\b\"");
        assertThat(quote("\0\u001b\u007f")).isEqualTo("\"\\x00\\x1b\\x7f\"");
        assertThat(Quoting.quote(new byte[] {(byte) 0x80, (byte) 0xff})).isEqualTo("\"\\x80\\xff\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"héllo", "日本語", "e\u0301", "😀", "\u07ff\uffee"})
    void showsTextInUtf8AsItIs(String text) {
        assertThat(quote(text)).isEqualTo("\"" + text + "\"");
    }

    @Test
    void escapesWhatCannotBeSeen() {
        assertThat(quote("\u0085")).as("C1 control").isEqualTo("\"\\xc2\\x85\"");
        assertThat(quote("\u00a0")).as("no-break space").isEqualTo("\"\\xc2\\xa0\"");
        assertThat(quote("\u202e")).as("right-to-left override").isEqualTo("\"\\xe2\\x80\\xae\"");
        assertThat(quote("\u2028")).as("line separator").isEqualTo("\"\\xe2\\x80\\xa8\"");
        assertThat(quote("\ufeff")).as("byte order mark").isEqualTo("\"\\xef\\xbb\\xbf\"");
        assertThat(quote("\ue000")).as("private use").isEqualTo("\"\\xee\\x80\\x80\"");
    }

    @Test
    void escapesWhatIsNoUtf8() {
        assertThat(quote(0xc3)).as("cut short").isEqualTo("\"\\xc3\"");
        assertThat(quote(0xc3, 'a')).as("no continuation").isEqualTo("\"\\xc3a\"");
        assertThat(quote(0xc1, 0xa1)).as("not the shortest form").isEqualTo("\"\\xc1\\xa1\"");
        assertThat(quote(0xe0, 0x81, 0xa1)).as("not the shortest form").isEqualTo("\"\\xe0\\x81\\xa1\"");
        assertThat(quote(0xed, 0xa0, 0x80)).as("surrogate").isEqualTo("\"\\xed\\xa0\\x80\"");
        assertThat(quote(0xf4, 0x90, 0x80, 0x80)).as("beyond Unicode").isEqualTo("\"\\xf4\\x90\\x80\\x80\"");
        assertThat(quote(0xc3, 0xa9, 0xa9)).as("text, then a stray byte").isEqualTo("\"é\\xa9\"");
    }

    @Test
    void isReadBackByTheLexer() throws LineSyntaxException {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
            assertReadBack(new byte[] {(byte) i});
        }
        assertReadBack(all);
    }

    @Test
    void isReadBackByTheLexerWhateverTheBytes() throws LineSyntaxException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = random.nextBoolean() ? randomBytes(random) : randomText(random);
            assertReadBack(bytes, seed);
        }
    }

    @Test
    void agreesWithTheJdkOnWhatIsUtf8() {
        for (int codePoint = 0x80; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
                assertThat(Utf8.codePointAt(bytes, 0)).isEqualTo(codePoint);
                assertThat(Utf8.length(codePoint)).isEqualTo(bytes.length);
            }
        }
    }

    private static byte[] randomBytes(Random random) {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] randomText(Random random) {
        return random.ints(random.nextInt(20), 0, 0x3000)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void assertReadBack(byte[] bytes) throws LineSyntaxException {
        assertReadBack(bytes, 0);
    }

    private static void assertReadBack(byte[] bytes, long seed) throws LineSyntaxException {
        byte[] quoted = Quoting.quote(bytes).getBytes(StandardCharsets.UTF_8);

        assertThat(Lexer.split(quoted, 0, quoted.length)).as("seed %d", seed).containsExactly(bytes);
    }

    private static String quote(String text) {
        return Quoting.quote(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String quote(int... bytes) {
        byte[] array = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            array[i] = (byte) bytes[i];
        }
        return Quoting.quote(array);
    }
}
