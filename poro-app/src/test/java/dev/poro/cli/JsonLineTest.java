package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLineTest {
    @Test
    void readsStringsAndIntegers() {
        assertThat(JsonLine.parse(" { \"a\" : \"x\\n\\u0041\\ud83d\\ude00\\/\\\\\" , \"b\":-12 }\r"))
                .containsExactly(entry("a", "x\nA\ud83d\ude00/\\"), entry("b", -12L));
        assertThat(JsonLine.parse("{}")).isEmpty();
    }

    @Test
    void readsWhatTheProgramWrites() {
        String text = "\"\\\b\u0001\u007f\u00e9 \ud83d\ude00";

        assertThat(JsonLine.parse(new JsonObject()
                        .add("text", text)
                        .add("n", Long.MIN_VALUE)
                        .toString()))
                .containsExactly(entry("text", text), entry("n", Long.MIN_VALUE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1.5}",
                "{\"a\":9223372036854775808}",
                "{\"a\":true}",
                "{\"a\":{}}",
                "{\"a\":1,}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1}{}",
                "{\"a\":\"x",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"\\u12",
                "{\"a\":\"\t\"}"
            })
    void refusesAnythingElse(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonLine.parse(text))
                .withMessageStartingWith("no JSON object of strings and integers: ");
    }
}
