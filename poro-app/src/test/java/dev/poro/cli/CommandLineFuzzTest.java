package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Whatever is typed or piped in: it is cut into lines and arguments or refused, and what is printed can be typed. */
class CommandLineFuzzTest {
    @FuzzTest(maxDuration = "20s")
    @Tag("R26")
    void readsBackWhatItPrintsOfAnyLine(byte[] line) throws LineSyntaxException {
        assertReadBack(line);
        List<byte[]> arguments;
        try {
            arguments = Lexer.split(line, 0, line.length);
        } catch (LineSyntaxException refused) {
            assertThat(refused).hasMessageContaining("unbalanced quotes");
            return;
        }
        for (byte[] argument : arguments) {
            assertReadBack(argument);
        }
    }

    /** The first byte is the longest legal line, the second how much a read brings. */
    @FuzzTest(maxDuration = "20s")
    @Tag("R26")
    void cutsAnyInputIntoLines(byte[] data) throws IOException {
        if (data.length < 2) {
            return;
        }
        int maxLength = Byte.toUnsignedInt(data[0]);
        int read = Byte.toUnsignedInt(data[1]) + 1;
        byte[] input = Arrays.copyOfRange(data, 2, data.length);

        assertThat(linesOf(new Trickle(input, read), maxLength)).isEqualTo(naiveLinesOf(input, maxLength));
    }

    private static void assertReadBack(byte[] argument) throws LineSyntaxException {
        String quoted = Quoting.quote(argument);
        assertThat(quoted.chars()).noneMatch(Character::isISOControl);
        byte[] line = quoted.getBytes(StandardCharsets.UTF_8);
        assertThat(Lexer.split(line, 0, line.length)).containsExactly(argument);
    }

    private static List<String> linesOf(InputStream in, int maxLength) throws IOException {
        LineInput input = new LineInput(in, () -> {}, maxLength);
        List<String> lines = new ArrayList<>();
        for (LineInput.Found found = input.next(); found != LineInput.Found.END; found = input.next()) {
            lines.add(
                    found == LineInput.Found.TOO_LONG
                            ? null
                            : latin1(Arrays.copyOfRange(input.buffer(), input.start(), input.end())));
        }
        return lines;
    }

    private static List<String> naiveLinesOf(byte[] input, int maxLength) {
        List<String> lines = new ArrayList<>(Arrays.asList(latin1(input).split("\n", -1)));
        if (lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        lines.replaceAll(line -> line.length() > maxLength ? null : line);
        return lines;
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Gives at most so many bytes at a time. */
    private static final class Trickle extends ByteArrayInputStream {
        private final int most;

        Trickle(byte[] bytes, int most) {
            super(bytes);
            this.most = most;
        }

        @Override
        public synchronized int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(length, most));
        }
    }
}
