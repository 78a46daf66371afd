package dev.poro.events;

/**
 * Takes a snapshot, as the state machine hands it out: one call of {@link #begin}, the entries, one call of
 * {@link #end} or {@link #abort}; or no more calls once it is not {@link #isWanted wanted}. The entries come
 * as one stream of bytes in native (little-endian) order, cut at arbitrary places, each entry once
 * and in no particular order:
 *
 * <pre>
 *   i64 sequence of the event that wrote the entry | a SET record, its expiry absolute, see {@link RecordDescriptor}
 * </pre>
 *
 * <p>After all entries, in the same form, the clients whose changes carry tokens come as CLIENT records, each after the
 * sequence of its last change and in the order of these; but not to a sink that does not {@linkplain #wantsClients want
 * them}.
 *
 * <p>Called by the single writer of the state machine. A sink throws nothing: one that has failed accepts the rest and
 * drops it.
 */
public interface SnapshotSink {
    /**
     * The latest that the wall clock has shown up to the last event of the snapshot, in milliseconds since the epoch.
     * Called right before {@link #begin}, unless no event was applied since the store was opened. It is no part of the
     * state: only a sink that writes a file needs it.
     */
    default void latestWallClock(long millis) {}

    /** Begins a snapshot of this state. */
    void begin(StateSummary summary);

    /**
     * Whether there is room for the next entries. Entries that cannot wait are written even if not: {@link #writeLong}
     * and {@link #write} then wait for room.
     */
    boolean hasRoom();

    /**
     * Whether anything may still come. Once this is {@code false} it stays so, and the state machine drops the snapshot
     * without a further call. May change on any thread.
     */
    default boolean isWanted() {
        return true;
    }

    /** Whether it takes the clients as well as the entries. */
    default boolean wantsClients() {
        return true;
    }

    /** The next eight bytes. */
    void writeLong(long value);

    /** The next {@code length} bytes. The caller may reuse the memory when this returns. */
    void write(long address, int length);

    /**
     * Ends an incomplete snapshot: the store was cleared meanwhile. Another may begin.
     */
    void abort();

    /**
     * Ends the snapshot.
     *
     * @param keys the number of entries that were handed out
     * @param digest the sum of their digests and of those of all clients; unless both are what the summary says, the
     *     snapshot must not be used
     */
    void end(long keys, long digest);
}
