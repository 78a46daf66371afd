package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.poro.events.RawMemory;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DecimalNumberTest {
    private final DecimalNumber number = new DecimalNumber();
    private final long memory = RawMemory.allocate(DecimalNumber.MAX_LENGTH);

    @AfterEach
    void free() {
        RawMemory.free(memory, DecimalNumber.MAX_LENGTH);
    }

    @Test
    void readsAndWritesEveryNumber() {
        for (long each : numbers()) {
            assertThat(parse(Long.toString(each))).isTrue();
            assertThat(number.value()).isEqualTo(each);
            assertThat(number.add(0)).isTrue();
            assertThat(text()).isEqualTo(Long.toString(each));
        }
    }

    @Test
    void readsNothingElse() {
        requireLikeThePattern("");
        for (int first = 0; first < 256; first++) {
            requireLikeThePattern("" + (char) first);
            for (int second = 0; second < 256; second++) {
                requireLikeThePattern("" + (char) first + (char) second);
            }
        }
        for (long each : numbers()) {
            BigInteger near = BigInteger.valueOf(each);
            for (int distance = -11; distance <= 11; distance++) {
                String text = near.add(BigInteger.valueOf(distance)).toString();
                requireLikeThePattern(text);
                requireLikeThePattern("-" + text);
                requireLikeThePattern("0" + text);
                requireLikeThePattern(text + "0");
                requireLikeThePattern(text.replace('5', ':').replace('1', '/'));
            }
        }
        requireLikeThePattern("9".repeat(20));
        requireLikeThePattern("-" + "9".repeat(19));
        requireLikeThePattern("18446744073709551616");
        requireLikeThePattern("18446744073709551617");
    }

    @Test
    void readsNoByteThatIsNoDigitAtAnyPlace() {
        for (int length = 1; length < DecimalNumber.MAX_LENGTH; length++) {
            String digits = "1234567890123456789".substring(0, length);
            for (int place = 0; place < length; place++) {
                requireOnlyDigitsAt(place, digits, 0);
                requireOnlyDigitsAt(place + 1, "-" + digits, 1);
            }
        }
    }

    private void requireOnlyDigitsAt(int place, String text, int first) {
        for (int other = 0; other < 256; other++) {
            char inPlace = (char) other;
            boolean isNumber = (inPlace >= '1' && inPlace <= '9')
                    || (inPlace == '0' && (place > first || text.length() == 1))
                    || (inPlace == '-' && place == 0 && first == 0 && text.length() > 1);
            String changed = text.substring(0, place) + inPlace + text.substring(place + 1);
            if (isNumber && !isLong(new BigInteger(changed))) {
                isNumber = false;
            }
            if (parse(changed) != isNumber || (isNumber && number.value() != Long.parseLong(changed))) {
                fail("%s: %s", changed, isNumber);
            }
        }
    }

    @Test
    void readsAndWritesRandomNumbersOfEveryLength() {
        Random random = new Random(2);
        for (int i = 0; i < 64_000; i++) {
            String text = Long.toString(random.nextLong() >> (i % 64));
            if (!parse(text) || !number.add(0) || !text().equals(text)) {
                fail("%s", text);
            }
        }
    }

    @Test
    void writesNothingBehindItsEnd() {
        for (long each : numbers()) {
            number.set(each);
            number.add(0);
            RawMemory.fill(memory, DecimalNumber.MAX_LENGTH, (byte) '#');
            number.write(memory);
            byte[] written = new byte[DecimalNumber.MAX_LENGTH];
            RawMemory.copy(memory, written, 0, written.length);
            String digits = Long.toString(each);
            assertThat(new String(written, ISO_8859_1))
                    .isEqualTo(digits + "#".repeat(DecimalNumber.MAX_LENGTH - digits.length()));
        }
    }

    private void requireLikeThePattern(String text) {
        if (text.length() > DecimalNumber.MAX_LENGTH) {
            return;
        }
        boolean isNumber = text.matches("0|-?[1-9][0-9]*") && isLong(new BigInteger(text));
        assertThat(parse(text)).as(text).isEqualTo(isNumber);
        if (isNumber) {
            assertThat(number.value()).isEqualTo(Long.parseLong(text));
        }
    }

    @Test
    void addsWithinSixtyFourBits() {
        for (long each : numbers()) {
            for (long delta : numbers()) {
                number.set(each);
                BigInteger sum = BigInteger.valueOf(each).add(BigInteger.valueOf(delta));
                assertThat(number.add(delta)).isEqualTo(isLong(sum));
                assertThat(number.value()).isEqualTo(isLong(sum) ? sum.longValueExact() : each);
                if (isLong(sum)) {
                    assertThat(text()).isEqualTo(sum.toString());
                }
            }
        }
    }

    private static List<Long> numbers() {
        List<Long> numbers = new ArrayList<>(List.of(0L, Long.MIN_VALUE, Long.MAX_VALUE));
        for (long power = 1; power < Long.MAX_VALUE / 10; power *= 10) {
            for (long near = power * 10 - 1; near <= power * 10 + 1; near++) {
                numbers.add(near);
                numbers.add(-near);
            }
        }
        Random random = new Random(1);
        for (int bits = 0; bits < 64; bits++) {
            numbers.add(random.nextLong() >> bits);
        }
        return numbers;
    }

    private boolean parse(String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        RawMemory.copy(bytes, 0, memory, bytes.length);
        return number.parse(memory, bytes.length);
    }

    private String text() {
        byte[] text = new byte[number.length()];
        number.write(memory);
        RawMemory.copy(memory, text, 0, text.length);
        return new String(text, ISO_8859_1);
    }

    private static boolean isLong(BigInteger integer) {
        return integer.bitLength() < Long.SIZE;
    }
}
