package dev.poro.cli;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/** The one form in which times are written, as text and as JSON. */
final class Times {
    private static final DateTimeFormatter FORMAT =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private Times() {}

    /** In UTC, to the millisecond, which is there if it is 0, too: {@code 2026-11-22T06:31:13.000Z}. */
    static String format(long millis) {
        return FORMAT.format(Instant.ofEpochMilli(millis));
    }
}
