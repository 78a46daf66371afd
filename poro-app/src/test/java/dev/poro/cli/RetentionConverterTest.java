package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.Retention;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** What {@code --retain} takes. */
class RetentionConverterTest {
    private final RetentionConverter converter = new RetentionConverter();

    @Test
    void readsAllAndNone() {
        assertThat(converter.convert("all")).isEqualTo(Retention.ALL);
        assertThat(converter.convert("NONE")).isEqualTo(Retention.NONE);
    }

    @Test
    void readsSizes() {
        assertThat(converter.convert("4096")).isEqualTo(Retention.ofSize(4096));
        assertThat(converter.convert("10g")).isEqualTo(Retention.ofSize(10L << 30));
        assertThat(converter.convert("90m")).isEqualTo(Retention.ofSize(90L << 20));
    }

    @Test
    void readsTimes() {
        assertThat(converter.convert("90s")).isEqualTo(Retention.ofAge(Duration.ofSeconds(90)));
        assertThat(converter.convert("90min")).isEqualTo(Retention.ofAge(Duration.ofMinutes(90)));
        assertThat(converter.convert("12h")).isEqualTo(Retention.ofAge(Duration.ofHours(12)));
        assertThat(converter.convert("30d")).isEqualTo(Retention.ofAge(Duration.ofDays(30)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "everything", "-1", "10x", "d", "1.5h", "9999999d", "99999999999g"})
    void saysWhatItTakes(String text) {
        assertThatExceptionOfType(TypeConversionException.class)
                .isThrownBy(() -> converter.convert(text))
                .withMessageContaining("neither all nor none nor a size");
    }
}
