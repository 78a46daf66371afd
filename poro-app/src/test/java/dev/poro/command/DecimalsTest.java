package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "1, 1, 2",
        "10.50, 0.1, 10.6",
        "3.0, 0, 3",
        "100, 0, 100",
        "1e2, 1E+2, 200",
        "-1.5, +1.5, 0",
        "-0, 0, 0",
        ".5, 5., 5.5",
        "1, 1e-17, 1.00000000000000001",
        "1, 1e-18, 1",
        "1e30, 1, 1000000000000000000000000000001",
        "9223372036854775807, 1, 9223372036854775808",
        "1e-4000, 1, 1",
    })
    void addsAndPrints(String value, String increment, String sum) {
        assertThat(sum(value, increment)).isEqualTo(sum);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                " 1",
                "1 ",
                "x",
                "1x",
                "1e",
                "e1",
                ".",
                "+",
                "--1",
                "1,5",
                "0x10",
                "nan",
                "1e4933",
                "1e-99999",
                "1e999999999999",
                "\u0661"
            })
    void refusesWhatIsNoNumber(String text) {
        assertThatThrownBy(() -> sum("0", text)).hasMessage("value is not a valid float");
        assertThatThrownBy(() -> sum(text, "0")).hasMessage("value is not a valid float");
    }

    @ParameterizedTest
    @ValueSource(strings = {"inf", "-inf", "Infinity", "+INF"})
    void refusesInfinity(String text) {
        assertThatThrownBy(() -> sum("0", text)).hasMessage("increment would produce NaN or Infinity");
    }

    private static String sum(String value, String increment) {
        byte[] sum = Decimals.sum(value.getBytes(StandardCharsets.UTF_8), increment.getBytes(StandardCharsets.UTF_8));
        return new String(sum, StandardCharsets.US_ASCII);
    }
}
