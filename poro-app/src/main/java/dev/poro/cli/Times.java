package dev.poro.cli;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/** The format of times, in text and in JSON. */
final class Times {
    private static final DateTimeFormatter FORMAT =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private Times() {}

    /** Formats a time in UTC, always with milliseconds: {@code 2026-11-22T06:31:13.000Z}. */
    static String format(long millis) {
        return FORMAT.format(Instant.ofEpochMilli(millis));
    }
}
