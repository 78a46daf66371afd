package dev.poro.events;

/**
 * All that is known of a state besides its entries. A snapshot begins with it; the reader of a snapshot compares the
 * entries with it, and so proves that none is missing.
 *
 * @param sequence the log sequence of the last event
 * @param timestamp of that event, in milliseconds since 1970
 * @param keys live keys
 * @param digest the sum of the digests of the live entries, and of the clients
 * @param memoryBudget the limit on the memory used, in bytes
 * @param memoryUsed the sum of the charges of entries and clients, in bytes; above the budget if that was lowered
 * @param clients whose changes carry tokens
 */
public record StateSummary(
        long sequence, long timestamp, long keys, long digest, long memoryBudget, long memoryUsed, long clients) {
    /** A state without clients. */
    public StateSummary(long sequence, long timestamp, long keys, long digest, long memoryBudget, long memoryUsed) {
        this(sequence, timestamp, keys, digest, memoryBudget, memoryUsed, 0);
    }
}
