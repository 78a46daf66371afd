package dev.poro.engine;

import java.time.Instant;

/**
 * The keys of a store that expire, at one moment, and the clock that decides when.
 *
 * @param keys how many keys have an expiry; those included that have expired and are still to be removed
 * @param next when the first of them expires, by the log's clock; {@code null} if there is none
 * @param clockOffsetMillis how far the log's clock is ahead of the system's, in milliseconds; negative if it is behind.
 *     The log's clock is steered to the system's without a jump; it follows one that was set forward only once that has
 *     lasted a while
 */
public record ExpiryReport(long keys, Instant next, long clockOffsetMillis) {
    static ExpiryReport of(long keys, long nextMillis, long clockOffsetMillis) {
        return new ExpiryReport(keys, keys == 0 ? null : Instant.ofEpochMilli(nextMillis), clockOffsetMillis);
    }
}
