package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptReaderTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "~SET~               | ~ key value~",
                "~set ~              | ~key value~",
                "~SET my~            | ~ value~",
                "~SET 'my key' ~     | ~value~",
                "~SET mykey v~       | ~~",
                "~SET mykey v ~      | ~~",
                "~SET 'my~           | ~~",
                "~GET~               | ~ key~",
                "~HELP ~             | ~[command]~",
                "~QUIT~              | ~~",
                "~SE~                | ~~",
                "~~                  | ~~",
                "~ ~                 | ~~",
            })
    void hintsAtTheArgumentsThatAreMissing(String typed, String hint) {
        assertThat(PromptReader.hintFor(typed)).isEqualTo(hint);
    }
}
