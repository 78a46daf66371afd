package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class MemorySizeTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1048576, 1048576",
        "1024k, 1048576",
        "512m, 536870912",
        "4g, 4294967296",
        "4G, 4294967296",
        "2t, 2199023255552",
        "8388607t, 9223370937343148032",
        "9223372036854775807, 9223372036854775807",
    })
    void readsBytesAndMultiples(String text, long bytes) {
        assertThat(new MemorySize().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "x", "12x", "1.5g", "-5", "+5", " 5", "5 m", "5mb", "0x10", "٣m"})
    void rejectsWhatIsNoSize(String text) {
        assertThatThrownBy(() -> new MemorySize().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'")
                .hasMessageContaining("is not a size");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8388608t", "9223372036854775808", "99999999999999999999g"})
    void rejectsWhatNoNumberHolds(String text) {
        assertThatThrownBy(() -> new MemorySize().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("more than any machine has");
    }
}
