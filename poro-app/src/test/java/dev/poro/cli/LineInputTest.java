package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineInputTest {
    private static final String TOO_LONG = "<too long>";

    @Test
    void cutsAtLineFeeds() throws IOException {
        assertThat(linesOf("a\nbc\n\nd\n", 100)).containsExactly("a", "bc", "", "d");
    }

    @Test
    void endsTheLastLineWithTheInput() throws IOException {
        assertThat(linesOf("a\nb", 100)).containsExactly("a", "b");
        assertThat(linesOf("", 100)).isEmpty();
    }

    @Test
    void skipsALineThatIsTooLongAndNothingElse() throws IOException {
        assertThat(linesOf("12345\n123456\nok\n", 5)).containsExactly("12345", TOO_LONG, "ok");
        assertThat(linesOf("123456", 5)).containsExactly(TOO_LONG);
    }

    @Test
    void growsForALongLineUpToTheLimit() throws IOException {
        String longest = "x".repeat(300_000);

        assertThat(linesOf(longest + "\n" + longest + "y\nz", 300_000)).containsExactly(longest, TOO_LONG, "z");
    }

    @Test
    void findsTheSameLinesHoweverTheyArrive() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            StringBuilder text = new StringBuilder();
            int lines = random.nextInt(50);
            for (int line = 0; line < lines; line++) {
                text.append("x".repeat(random.nextInt(random.nextInt(10) == 0 ? 100_000 : 20)))
                        .append('\n');
            }
            int maxLength = 1 + random.nextInt(90_000);

            assertThat(linesOf(new Trickle(text.toString(), random), maxLength))
                    .as("seed %d", seed)
                    .isEqualTo(linesOf(text.toString(), maxLength));
        }
    }

    @Test
    void flushesRepliesBeforeItWaits() throws IOException {
        List<String> order = new ArrayList<>();
        InputStream in = new ByteArrayInputStream(latin1("a\nb\n")) {
            @Override
            public synchronized int read(byte[] bytes, int offset, int length) {
                order.add("read");
                return super.read(bytes, offset, length);
            }
        };
        LineInput lines = new LineInput(in, () -> order.add("flush"), 10);

        while (lines.next() != LineInput.Found.END) {
            order.add("line");
        }

        assertThat(order).containsExactly("flush", "read", "line", "line", "flush", "read");
    }

    @Test
    void saysThatTheInputCannotBeRead() {
        InputStream directory = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                throw new IOException("Is a directory");
            }
        };

        assertThatThrownBy(() -> new LineInput(directory, () -> {}, 10).next())
                .isInstanceOf(IOException.class)
                .hasMessage("cannot read standard input: Is a directory");
    }

    private static List<String> linesOf(String text, int maxLength) throws IOException {
        return linesOf(new ByteArrayInputStream(latin1(text)), maxLength);
    }

    private static List<String> linesOf(InputStream in, int maxLength) throws IOException {
        LineInput lines = new LineInput(in, () -> {}, maxLength);
        List<String> found = new ArrayList<>();
        while (true) {
            switch (lines.next()) {
                case LINE:
                    found.add(new String(
                            lines.buffer(), lines.start(), lines.end() - lines.start(), StandardCharsets.ISO_8859_1));
                    break;
                case TOO_LONG:
                    found.add(TOO_LONG);
                    break;
                case END:
                    return found;
            }
        }
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Hands out as little as it likes. */
    private static final class Trickle extends ByteArrayInputStream {
        private final Random random;

        Trickle(String text, Random random) {
            super(latin1(text));
            this.random = random;
        }

        @Override
        public synchronized int read(byte[] bytes, int offset, int length) {
            return super.read(bytes, offset, Math.min(length, 1 + random.nextInt(10_000)));
        }
    }
}
