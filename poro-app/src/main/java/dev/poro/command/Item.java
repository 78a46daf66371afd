package dev.poro.command;

import dev.poro.engine.Entry;
import java.time.Instant;

/**
 * What is under a key.
 *
 * @param value must not be changed
 * @param expiry when it expires, in milliseconds since 1970; {@link #NEVER} if it does not
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Item(byte[] value, long expiry) {
    static final long NEVER = Long.MAX_VALUE;

    static Item of(Entry entry) {
        return entry == null
                ? null
                : new Item(
                        entry.value(), entry.expiry().map(Instant::toEpochMilli).orElse(NEVER));
    }

    boolean expires() {
        return expiry != NEVER;
    }
}
