package dev.poro.cli;

import dev.poro.wal.RestorePoint;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses a sequence, or a time. A time without an offset is in this machine's time zone. */
final class RestorePointConverter implements ITypeConverter<RestorePoint> {
    /** Of an option that takes a point of the history. */
    static final String DESCRIPTION =
            "The last event: its sequence, or a time, such as 2026-11-22T14:45:00Z, or without Z in this machine's"
                    + " time zone. A time is one of the system's clock: it means the last event by which that clock had"
                    + " never shown a later time.";

    @Override
    public RestorePoint convert(String text) {
        if (text.matches("[0-9]+")) {
            return ofSequence(text);
        }
        try {
            TemporalAccessor time = DateTimeFormatter.ISO_DATE_TIME.parseBest(
                    text.replaceFirst(" ", "T"), ZonedDateTime::from, LocalDateTime::from);
            Instant instant = time instanceof ZonedDateTime zoned
                    ? zoned.toInstant()
                    : ((LocalDateTime) time).atZone(ZoneId.systemDefault()).toInstant();
            return RestorePoint.ofTime(instant.toEpochMilli());
        } catch (DateTimeException | ArithmeticException e) {
            throw new TypeConversionException("'" + text + "' is neither a sequence nor a time such as"
                    + " 2026-11-22T14:45:00Z, 2026-11-22T15:45:00+01:00 or, in this machine's time zone,"
                    + " 2026-11-22T15:45:00");
        }
    }

    private static RestorePoint ofSequence(String text) {
        try {
            long sequence = Long.parseLong(text);
            if (sequence > 0 && sequence < Long.MAX_VALUE) {
                return RestorePoint.ofSequence(sequence);
            }
        } catch (NumberFormatException tooLarge) {
            // Too large for a long: as wrong as 0.
        }
        throw new TypeConversionException("'" + text + "' is no sequence: they begin with 1");
    }
}
