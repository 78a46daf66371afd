package dev.poro.events;

/**
 * What a state amounts to: all that is known of it besides its entries. A snapshot begins with this, and whoever reads
 * the snapshot proves by it that the entries are all there.
 *
 * @param sequence the log sequence of the last event that made it so
 * @param timestamp of that event, in milliseconds since 1970
 * @param keys live keys
 * @param digest the sum of the digests of the live entries
 * @param memoryBudget what the contents may count, in bytes
 * @param memoryUsed what they count, in bytes; more than the budget if that was lowered
 */
public record StateSummary(long sequence, long timestamp, long keys, long digest, long memoryBudget, long memoryUsed) {}
