package dev.poro.cli;

import dev.poro.engine.tools.RecordFields;
import dev.poro.events.RecordFlyweight;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A record as a JSON object; one of a batch has an array of such objects. */
final class JsonRecord implements DumpCommand.RecordFormat {
    private final int maxValue;

    /** @param maxValue bytes of a value to show, at most */
    JsonRecord(int maxValue) {
        this.maxValue = maxValue;
    }

    @Override
    public String format(long sequence, boolean isEvent, long timestamp, long wallClock, RecordFlyweight record) {
        JsonObject json = new JsonObject();
        if (isEvent) {
            json.add("sequence", sequence);
        }
        json.addTime("timestamp", wallClock);
        if (timestamp != wallClock) {
            json.addTime("logTime", timestamp);
        }
        return add(json, record).toString();
    }

    private JsonObject add(JsonObject json, RecordFlyweight record) {
        json.add("type", record.type().name());
        if (record.type().hasKey()) {
            json.add("key", record.key());
        }
        switch (record.type()) {
            case SET:
                addValue(json, record.value());
                addExpiry(json, record);
                break;
            case ADD:
                json.add("delta", record.delta());
                break;
            case SPLICE:
                addValue(json, RecordFields.bytesOf(record));
                RecordFields.offsetOf(record).ifPresent(offset -> json.add("offset", offset));
                json.add("limit", record.spliceLimit());
                break;
            case EXPIRE_AT:
                addExpiry(json, record);
                json.add("condition", RecordFields.conditionOf(record));
                break;
            case EXPIRE_DUE:
                json.add("atMost", record.most());
                break;
            case MEMORY_BUDGET:
                json.add("bytes", record.memoryBudget());
                break;
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                json.add("afterSequence", record.markSequence())
                        .add("keys", record.markKeys())
                        .add("digest", String.format(Locale.ROOT, "%016x", record.markDigest()));
                break;
            case DELETE:
            case CLEAR:
            case BATCH:
            case REQUIRE:
            case CLIENT:
                break;
        }
        addGuard(json, record);
        if (RecordFields.hasToken(record)) {
            json.add("client", record.tokenClient()).add("number", record.tokenNumber());
        }
        List<JsonObject> parts = new ArrayList<>();
        for (RecordFlyweight part : RecordFields.partsOf(record)) {
            parts.add(add(new JsonObject(), part));
        }
        return parts.isEmpty() ? json : json.add("records", parts);
    }

    private void addValue(JsonObject json, byte[] value) {
        json.add("value", DumpCommand.shortened(value, maxValue)).add("valueLength", value.length);
    }

    private static void addExpiry(JsonObject json, RecordFlyweight record) {
        switch (RecordFields.expiryOf(record)) {
            case NONE:
                break;
            case KEPT:
                json.add("keepsExpiry", true);
                break;
            case ABSOLUTE:
                json.addTime("expiresAt", record.time());
                break;
            case RELATIVE:
                json.add("expiresAfterMillis", record.time());
                break;
        }
    }

    private static void addGuard(JsonObject json, RecordFlyweight record) {
        RecordFields.Guard guard = RecordFields.guardOf(record);
        if (guard != RecordFields.Guard.NONE) {
            json.add("if", guard.name());
        }
        if (guard == RecordFields.Guard.SEQUENCE) {
            json.add("ifSequence", record.guardSequence());
        }
    }
}
