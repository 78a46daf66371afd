package dev.poro.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeTest {
    @Test
    void readsAndWritesTheSameText() {
        assertThat(Shape.parse("100k:16/1024")).isEqualTo(new Shape(100_000, 16, 1024));
        assertThat(Shape.parse("10M:32/128")).isEqualTo(new Shape(10_000_000, 32, 128));
        assertThat(Shape.parse("1234:8/16")).hasToString("1234:8/16");
        assertThat(new Shape(50_000, 32, 128)).hasToString("50k:32/128");
        assertThat(new Shape(10_000_000, 16, 16)).hasToString("10m:16/16");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "100k",
                "100k:16",
                "16/16",
                "k:16/16",
                "1x:16/16",
                "9999m:16/16",
                "0:16/16",
                "10:7/16",
                "10:16/7"
            })
    void refusesWhatIsNoShape(String text) {
        assertThatThrownBy(() -> Shape.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
