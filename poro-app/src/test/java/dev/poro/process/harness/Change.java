package dev.poro.process.harness;

import dev.poro.events.EventType;
import dev.poro.events.RecordFlyweight;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One change of a store, as a client asks for it and as the log holds it.
 *
 * @param value {@code null} to delete the key
 */
public record Change(String key, String value) {
    /** The change that a record of the log makes, or {@code null} if it makes none. */
    static Change of(RecordFlyweight record) {
        if (record.type() != EventType.SET && record.type() != EventType.DELETE) {
            return null;
        }
        String key = new String(record.key(), StandardCharsets.UTF_8);
        return new Change(
                key, record.type() == EventType.DELETE ? null : new String(record.value(), StandardCharsets.UTF_8));
    }

    String command() {
        return value == null ? "DEL " + key : "SET " + key + " " + value;
    }

    /** Makes the change in a model, and returns the reply that the program must give. */
    String applyTo(Map<String, String> model) {
        if (value != null) {
            model.put(key, value);
            return "OK";
        }
        return model.remove(key) == null ? "(integer) 0" : "(integer) 1";
    }
}
