package dev.poro.cli;

import dev.poro.engine.Progress;
import dev.poro.engine.tools.LogEvents;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro dump}: prints the events of a log. */
@Command(
        name = "dump",
        sortOptions = false,
        description = {
            "%nPrints the events of a log, one a line: sequence, time, type, key, value. Keys and values are quoted as"
                    + " the prompt takes them. Writes nothing to the log and takes no lock.%n"
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
        RecoveryReport log = LogEvents.run(
                path(), (sequence, timestamp, record) -> dump(out, sequence, timestamp, record), Progress.NONE);
        out.flush();
        if (log.verdict() != RecoveryReport.Verdict.SOUND) {
            System.err.println("poro: " + problemOf(log));
        }
        return statusOf(log.verdict());
    }

    private void dump(ReplyStream out, long sequence, long timestamp, RecordFlyweight record) throws IOException {
        if (sequence < from || sequence > to) {
            return;
        }
        if (isJson()) {
            out.text(json(sequence, timestamp, record).toString());
        } else {
            out.print(sequence + " " + Times.format(timestamp) + " " + record.type());
            printContents(out, record);
            out.text("");
        }
    }

    private void printContents(ReplyStream out, RecordFlyweight record) throws IOException {
        switch (record.type()) {
            case SET:
                byte[] value = record.value();
                out.print(" " + Quoting.quote(record.key()) + " " + Quoting.quote(shortened(value)));
                if (value.length > maxValue) {
                    out.print("... (" + value.length + " bytes)");
                }
                break;
            case DELETE:
                out.print(" " + Quoting.quote(record.key()));
                break;
            case MEMORY_BUDGET:
                out.print(" " + record.memoryBudget() + " bytes");
                break;
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                out.print(String.format(
                        Locale.ROOT,
                        " after sequence %d: %d keys, digest %016x",
                        record.markSequence(),
                        record.markKeys(),
                        record.markDigest()));
                break;
        }
    }

    private JsonObject json(long sequence, long timestamp, RecordFlyweight record) {
        JsonObject json = new JsonObject()
                .add("sequence", sequence)
                .addTime("timestamp", timestamp)
                .add("type", record.type().name());
        switch (record.type()) {
            case SET:
                byte[] value = record.value();
                return json.add("key", record.key())
                        .add("value", shortened(value))
                        .add("valueLength", value.length);
            case DELETE:
                return json.add("key", record.key());
            case MEMORY_BUDGET:
                return json.add("bytes", record.memoryBudget());
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                return json.add("afterSequence", record.markSequence())
                        .add("keys", record.markKeys())
                        .add("digest", String.format(Locale.ROOT, "%016x", record.markDigest()));
        }
        throw new AssertionError(record.type());
    }

    private byte[] shortened(byte[] value) {
        return value.length > maxValue ? Arrays.copyOf(value, maxValue) : value;
    }
}
