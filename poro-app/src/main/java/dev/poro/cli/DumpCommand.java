package dev.poro.cli;

import dev.poro.engine.Progress;
import dev.poro.engine.tools.LogEvents;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro dump}: prints the events of a log. */
@Command(
        name = "dump",
        sortOptions = false,
        description = {
            "%nPrints the events of a log, one a line: sequence, time, type, key, value, expiry, guard. The time is"
                    + " that of the system's clock when the event was written; with --json also the time of the log's"
                    + " clock, by which keys expire, where it differs. The changes of"
                    + " a BATCH follow it, indented. A mark has a - in place of a sequence; in logs of version 1 it has"
                    + " one. Keys and values are quoted as the prompt takes them. Writes nothing to the log and"
                    + " takes no lock.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:All events were read.",
            "1:The log ends in an unforced tail; what is before it was read.",
            "2:The log is damaged; what is before the damage was read. Or the command line was wrong.",
            "3:There is no log there, or it cannot be read."
        })
final class DumpCommand extends LogCommand {
    @Option(names = "--from", paramLabel = "N", defaultValue = "1", description = "The first sequence to print.")
    private long from;

    @Option(names = "--to", paramLabel = "N", description = "The last sequence to print.")
    private long to = Long.MAX_VALUE;

    @Option(
            names = "--max-value",
            paramLabel = "BYTES",
            description = "Print at most this many bytes of a value, and its length.")
    private int maxValue = Integer.MAX_VALUE;

    @Override
    int run(ReplyStream out) throws IOException {
        if (maxValue < 0) {
            throw wrong("Invalid value for option '--max-value': " + maxValue + " is negative");
        }
        RecordFormat format = isJson() ? new JsonRecord(maxValue) : new TextRecord(maxValue);
        RecoveryReport log = LogEvents.records(
                path(),
                (sequence, isEvent, timestamp, wallClock, record) -> {
                    if (sequence >= from && sequence <= to) {
                        out.text(format.format(sequence, isEvent, timestamp, wallClock, record));
                    }
                },
                Progress.NONE);
        out.flush();
        if (log.verdict() != RecoveryReport.Verdict.SOUND) {
            System.err.println("poro: " + problemOf(log));
        }
        return statusOf(log.verdict());
    }

    /** The value, or its first bytes if it has more. */
    static byte[] shortened(byte[] value, int most) {
        return value.length > most ? Arrays.copyOf(value, most) : value;
    }

    /** How a record is printed. */
    interface RecordFormat {
        /**
         * @param isEvent whether the sequence is the record's own, and shown
         * @param timestamp log time, by which keys expire
         * @param wallClock when it was written by the system's clock
         */
        String format(long sequence, boolean isEvent, long timestamp, long wallClock, RecordFlyweight record);
    }
}
