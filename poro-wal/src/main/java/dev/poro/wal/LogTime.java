package dev.poro.wal;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/** Formats times of a log for output: ISO 8601, UTC, with milliseconds. */
public final class LogTime {
    private static final DateTimeFormatter FORMAT =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private LogTime() {}

    /** @param millis since the epoch */
    public static String textOf(long millis) {
        return FORMAT.format(Instant.ofEpochMilli(millis));
    }
}
