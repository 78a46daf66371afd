package dev.poro.cli;

import dev.poro.engine.Expiry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/**
 * An entry as {@code poro export} writes it.
 *
 * @param expiry when it expires, or {@link Expiry#NONE}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ImportedEntry(byte[] key, byte[] value, Expiry expiry) {
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
        Expiry expiry = expiresAt == null ? Expiry.NONE : Expiry.at(Instant.ofEpochMilli((Long) expiresAt));
        return new ImportedEntry(key, value, expiry);
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
