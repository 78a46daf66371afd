package dev.poro.cli;

import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** Writes one JSON object (RFC 8259), member by member, on one line. Not thread-safe. */
final class JsonObject {
    private final StringBuilder json = new StringBuilder("{");

    JsonObject add(String name, long value) {
        return addRaw(name, Long.toString(value));
    }

    JsonObject add(String name, boolean value) {
        return addRaw(name, Boolean.toString(value));
    }

    /** Adds a string, or {@code null}. */
    JsonObject add(String name, String value) {
        return addRaw(name, value == null ? "null" : quote(value));
    }

    /** Adds a time in UTC, to the millisecond, as in {@code 2026-11-22T06:31:13.285Z}. */
    JsonObject addTime(String name, long millis) {
        return add(name, Times.format(millis));
    }

    JsonObject add(String name, JsonObject value) {
        return addRaw(name, value.toString());
    }

    JsonObject add(String name, List<JsonObject> values) {
        return addRaw(name, values.toString());
    }

    JsonObject addStrings(String name, List<String> values) {
        return addRaw(name, values.stream().map(JsonObject::quote).toList().toString());
    }

    /** Adds bytes: as the member {@code name} if they are UTF-8, otherwise as {@code nameBase64}. */
    JsonObject add(String name, byte[] bytes) {
        try {
            return add(name, Utf8.decode(bytes));
        } catch (CharacterCodingException e) {
            return add(name + "Base64", Base64.getEncoder().encodeToString(bytes));
        }
    }

    private JsonObject addRaw(String name, String value) {
        if (json.length() > 1) {
            json.append(',');
        }
        json.append(quote(name)).append(':').append(value);
        return this;
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    @Override
    public String toString() {
        return json + "}";
    }
}
