package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

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
