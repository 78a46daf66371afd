package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.RestorePoint;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class RestorePointConverterTest {
    private static final long NOON = 1_795_348_800_000L;

    private final RestorePointConverter converter = new RestorePointConverter();

    @Test
    void digitsAreASequence() {
        assertThat(converter.convert("1")).isEqualTo(RestorePoint.ofSequence(1));
        assertThat(converter.convert("0042")).isEqualTo(RestorePoint.ofSequence(42));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-22T12:00:00Z",
                "2026-11-22T12:00Z",
                "2026-11-22T12:00:00.000Z",
                "2026-11-22T13:00:00+01:00",
                "2026-11-22 12:00:00Z"
            })
    void aTimeWithAnOffsetIsThatTime(String text) {
        assertThat(converter.convert(text)).isEqualTo(RestorePoint.ofTime(NOON));
    }

    @Test
    void aTimeWithoutOneIsOfThisMachine() {
        LocalDateTime local = LocalDateTime.of(2026, 11, 22, 12, 0, 0, 5_000_000);
        assertThat(converter.convert("2026-11-22T12:00:00.005"))
                .isEqualTo(RestorePoint.ofTime(
                        local.atZone(ZoneId.systemDefault()).toInstant().toEpochMilli()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "-1",
                "9223372036854775807",
                "99999999999999999999",
                "yesterday",
                "2026-11-22",
                "12:00:00",
                "2026-13-01T00:00:00Z",
                "2026-11-22T25:00:00Z",
                "+999999999-01-01T00:00:00Z",
                "1e3",
                "١"
            })
    void anythingElseIsRefused(String text) {
        assertThatExceptionOfType(TypeConversionException.class)
                .isThrownBy(() -> converter.convert(text))
                .withMessageStartingWith("'" + text + "' is ");
    }
}
