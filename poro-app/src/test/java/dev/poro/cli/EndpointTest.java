package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "localhost:6379, localhost, 6379",
        "db.example.com, db.example.com, 6379",
        "10.0.0.1:1, 10.0.0.1, 1",
        ":7000, 127.0.0.1, 7000",
        "[::1]:65535, ::1, 65535",
        "[::1], ::1, 6379",
        "fe80::1, fe80::1, 6379",
    })
    void readsAServer(String text, String host, int port) {
        assertThat(Endpoint.parse(text)).isEqualTo(new Endpoint(host, port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host:", "host:0", "host:65536", "host:port", "[::1", "::1]:5", "redis://host:6379"})
    void refusesAnythingElse(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("HOST:PORT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:6379", "[::1]:6379"})
    void isWrittenAsItIsRead(String text) {
        assertThat(Endpoint.parse(text)).hasToString(text);
    }
}
