package dev.poro.cli;

import dev.poro.engine.tools.RecordFields;
import dev.poro.events.EventType;
import dev.poro.events.RecordFlyweight;
import java.util.Locale;
import java.util.OptionalLong;

/** A record as text: on one line, but for the records of a batch, which have a line each. */
final class TextRecord implements DumpCommand.RecordFormat {
    private static final String INDENT = "    ";

    private final int maxValue;

    /** @param maxValue bytes of a value to show, at most */
    TextRecord(int maxValue) {
        this.maxValue = maxValue;
    }

    @Override
    public String format(long sequence, boolean isEvent, long timestamp, long wallClock, RecordFlyweight record) {
        StringBuilder line = new StringBuilder()
                .append(isEvent ? Long.toString(sequence) : "-")
                .append(' ')
                .append(Times.format(wallClock))
                .append(' ');
        append(line, record);
        for (RecordFlyweight part : RecordFields.partsOf(record)) {
            append(line.append('\n').append(INDENT), part);
        }
        return line.toString();
    }

    private void append(StringBuilder line, RecordFlyweight record) {
        line.append(record.type());
        if (record.type().hasKey()) {
            line.append(' ').append(Quoting.quote(record.key()));
        }
        switch (record.type()) {
            case SET:
                appendValue(line, record.value());
                appendExpiry(line, record);
                break;
            case ADD:
                line.append(' ').append(record.delta());
                break;
            case SPLICE:
                appendValue(line, RecordFields.bytesOf(record));
                OptionalLong offset = RecordFields.offsetOf(record);
                line.append(offset.isPresent() ? " at " + offset.getAsLong() : " at the end")
                        .append(", limit ")
                        .append(record.spliceLimit());
                break;
            case EXPIRE_AT:
                appendExpiry(line, record);
                String condition = RecordFields.conditionOf(record);
                line.append(condition.equals("ALWAYS") ? "" : " " + words(condition));
                break;
            case EXPIRE_DUE:
                line.append(" at most ").append(record.most());
                break;
            case MEMORY_BUDGET:
                line.append(' ').append(record.memoryBudget()).append(" bytes");
                break;
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                line.append(String.format(
                        Locale.ROOT,
                        " after sequence %d: %d keys, digest %016x",
                        record.markSequence(),
                        record.markKeys(),
                        record.markDigest()));
                break;
            case DELETE:
            case CLEAR:
            case BATCH:
            case REQUIRE:
            case CLIENT:
                break;
        }
        appendGuard(line, record);
        if (RecordFields.hasToken(record)) {
            line.append(", change ")
                    .append(record.tokenNumber())
                    .append(" of client ")
                    .append(record.tokenClient());
        }
    }

    private void appendValue(StringBuilder line, byte[] value) {
        line.append(' ').append(Quoting.quote(DumpCommand.shortened(value, maxValue)));
        if (value.length > maxValue) {
            line.append("... (").append(value.length).append(" bytes)");
        }
    }

    private static void appendExpiry(StringBuilder line, RecordFlyweight record) {
        switch (RecordFields.expiryOf(record)) {
            case NONE:
                line.append(record.type() == EventType.EXPIRE_AT ? " expires never" : "");
                break;
            case KEPT:
                line.append(" keeps its expiry");
                break;
            case ABSOLUTE:
                line.append(" expires ").append(Times.format(record.time()));
                break;
            case RELATIVE:
                line.append(" expires after ").append(record.time()).append(" ms");
                break;
        }
    }

    private static void appendGuard(StringBuilder line, RecordFlyweight record) {
        switch (RecordFields.guardOf(record)) {
            case NONE:
                break;
            case ABSENT:
                line.append(" if absent");
                break;
            case PRESENT:
                line.append(" if present");
                break;
            case SEQUENCE:
                line.append(record.type() == EventType.BATCH ? " if unchanged since sequence " : " if of sequence ")
                        .append(record.guardSequence());
                break;
        }
    }

    private static String words(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
