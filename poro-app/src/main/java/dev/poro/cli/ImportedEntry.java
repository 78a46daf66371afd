package dev.poro.cli;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/**
 * An entry as {@code poro export} writes it.
 *
 * @param expiry {@code null} if it has none
 */
record ImportedEntry(byte[] key, byte[] value, Instant expiry) {
    /** @throws IllegalArgumentException if the line holds no entry; says why */
    static ImportedEntry parse(String line) {
        Map<String, Object> members = JsonLine.parse(line);
        byte[] key = takeBytes(members, "key");
        byte[] value = takeBytes(members, "value");
        Object expiresAt = members.remove("expiresAt");
        if (expiresAt != null && !(expiresAt instanceof Long millis && millis >= 0)) {
            throw new IllegalArgumentException("expiresAt is no time in milliseconds since 1970: " + expiresAt);
        }
        if (!members.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown member '" + members.keySet().iterator().next() + "'");
        }
        return new ImportedEntry(key, value, expiresAt == null ? null : Instant.ofEpochMilli((Long) expiresAt));
    }

    private static byte[] takeBytes(Map<String, Object> members, String name) {
        Object text = members.remove(name);
        Object base64 = members.remove(name + "Base64");
        if ((text == null) == (base64 == null)) {
            throw new IllegalArgumentException("one of " + name + " and " + name + "Base64 is needed");
        }
        if (text instanceof String utf16) {
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(utf16)) {
                throw new IllegalArgumentException(name + " has half a surrogate pair");
            }
            return utf16.getBytes(StandardCharsets.UTF_8);
        }
        if (base64 instanceof String encoded) {
            try {
                return Base64.getDecoder().decode(encoded);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + "Base64 is no base64: " + e.getMessage(), e);
            }
        }
        throw new IllegalArgumentException(name + " is no string");
    }
}
