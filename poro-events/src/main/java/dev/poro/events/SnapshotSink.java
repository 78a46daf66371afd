package dev.poro.events;

/**
 * Takes a snapshot, as the state machine hands it out: one call of {@link #begin}, the entries, one call of
 * {@link #end} or {@link #abort}; or no more calls once it is not {@link #isWanted wanted}. The entries come
 * as one stream of bytes in native (little-endian) order, in pieces that mean nothing, each entry once and in no
 * particular order:
 *
 * <pre>
 *   i64 sequence of the event that wrote the entry | a SET record, its expiry absolute, see {@link RecordDescriptor}
 * </pre>
 *
 * <p>Called by the single writer of the state machine. Nothing escapes from a sink: one that has failed takes the rest
 * and drops it.
 */
public interface SnapshotSink {
    /** The snapshot is of this state. */
    void begin(StateSummary summary);

    /**
     * Whether the next entries may come. What cannot wait is written even if not: {@link #writeLong} and {@link #write}
     * wait for room if there is none.
     */
    boolean hasRoom();

    /**
     * Whether anything may still come. Once this is {@code false} it stays so, and the state machine drops the snapshot
     * without a further call. May change on any thread.
     */
    default boolean isWanted() {
        return true;
    }

    /** The next eight bytes. */
    void writeLong(long value);

    /** The next {@code length} bytes; the memory is the caller's again when this returns. */
    void write(long address, int length);

    /**
     * There is no more, although the snapshot is not complete: the store was cleared meanwhile. Another may be begun.
     */
    void abort();

    /**
     * There is no more.
     *
     * @param keys the number of entries that were handed out
     * @param digest the sum of their digests; if these are not what the summary says, the snapshot is worth nothing
     */
    void end(long keys, long digest);
}
