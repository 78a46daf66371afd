package dev.poro.statemachine;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * Hands out the state as it was after one event, while later events change it. It keeps no copy of the data and no
 * second table, only a position. Between events the writer takes a {@link #step}, which writes the next few entries to
 * the sink. {@link #beforeChange} writes an entry that the walk has not reached yet just before it is replaced or
 * removed. An entry with a later sequence does not belong to the state and is skipped.
 *
 * <p>The walk goes through the index, one page of it after the other in the order of the hashes, and within a page in
 * the order of the home slots. Both follow from the hash alone. So the hash tells whether the walk has passed an entry,
 * wherever the entry is: it does not matter that the {@link Evacuator} moves entries, that a removal moves words back,
 * or that pages of the index are split, merged and reused. A walk through the slab would read memory in order, but
 * would have to track every entry that moves past its position.
 *
 * <pre>
 *   hashes      0 |  passed  | the page's range when the walk came to it | to come | 2^64 - 1
 *   home slots                 0 |  passed  | home, to come | 8,183
 * </pre>
 *
 * <p>The clients, which are few, are copied when the walk begins, and come after the entries.
 *
 * <p>Several walks may be in progress: each has its position, and none knows of the others. Single writer, between
 * changes.
 */
final class SnapshotWalk {
    /** The number of home slots that a step visits. */
    static final int HOMES_PER_STEP = 16;

    /** Approximate bytes of payload a step. If there are more, it visits fewer home slots, but at least one. */
    private static final long STEP_LENGTH = 8 << 10;

    /** Clients that a step hands out. */
    private static final int CLIENTS_PER_STEP = 64;

    private final StateSummary summary;
    private final SnapshotSink sink;
    private final LongConsumer weigh = this::weigh;
    private final LongConsumer prefetch = this::prefetch;
    private final LongConsumer handOutReached = this::handOutReached;
    private Table table;

    /** The current range: the hashes that share the top {@link #bits} bits of this one. */
    private long prefix;

    private int bits;
    /** The next home slot in the range. */
    private int home;

    private long payloadLength;
    private long keys;
    private long digest;

    /** The copies of the clients, if the sink wants them; of {@link Clients#COPY_LENGTH} bytes each. */
    private final int clientCount;

    private ByteBuffer clientCopies;
    private int clientsHandedOut;

    /** @throws OutOfMemoryError if the system refuses memory for a copy of the clients; nothing has begun then */
    SnapshotWalk(StateSummary summary, SnapshotSink sink, Table table, Clients clients) {
        this.summary = summary;
        this.sink = sink;
        this.bits = table.index().depth(0);
        this.digest = clients.digest();
        this.clientCount = sink.wantsClients() ? clients.count() : 0;
        this.clientCopies = clientCount == 0 ? null : clients.copies();
        sink.begin(summary);
    }

    SnapshotSink sink() {
        return sink;
    }

    /**
     * Writes the next few entries, if the sink has room.
     *
     * @param current the table in use
     * @return whether the walk is complete
     */
    boolean step(Table current) {
        if (!sink.hasRoom()) {
            return false;
        }
        return (home == IndexPage.SLOTS || stepThroughEntries(current)) && stepThroughClients();
    }

    /** Returns whether all have been handed out. */
    private boolean stepThroughClients() {
        int count = Math.min(CLIENTS_PER_STEP, clientCount - clientsHandedOut);
        if (count > 0) {
            long from = RawMemory.addressOf(clientCopies) + (long) clientsHandedOut * Clients.COPY_LENGTH;
            sink.write(from, count * Clients.COPY_LENGTH);
            clientsHandedOut += count;
        }
        return clientsHandedOut == clientCount;
    }

    /** Returns whether all that the walk had not passed have been handed out. */
    private boolean stepThroughEntries(Table current) {
        table = current;
        int last = Math.min(home + HOMES_PER_STEP, IndexPage.SLOTS);
        payloadLength = 0;
        current.index().forEach(prefix, bits, home, last, weigh);
        if (payloadLength > STEP_LENGTH) {
            last = home + (int) Math.max(1, (last - home) * STEP_LENGTH / payloadLength);
        }
        current.index().forEach(prefix, bits, home, last, handOutReached);
        home = last;
        // Prefetch for the next step, while the writer applies events.
        current.index().forEach(prefix, bits, home, Math.min(home + HOMES_PER_STEP, IndexPage.SLOTS), prefetch);
        return home == IndexPage.SLOTS && !advance(current.index());
    }

    /** Called just before the entry under this hash is replaced or removed. */
    void beforeChange(Table current, long hash, long entry) {
        if (Entries.sequence(entry) <= summary.sequence() && !isPassed(hash)) {
            handOut(current, entry);
        }
    }

    /** Gives memory back; afterwards the walk hands out nothing. Idempotent. */
    void close() {
        if (clientCopies != null) {
            RawMemory.release(clientCopies);
            clientCopies = null;
        }
    }

    /** Tells the sink that the rest will not come: the entries are gone. */
    void abort() {
        sink.abort();
    }

    /** Tells the sink that this was all. */
    void end() {
        sink.end(keys, digest);
    }

    private boolean isPassed(long hash) {
        return isInRange(hash) ? IndexPage.home(hash) < home : Long.compareUnsigned(hash, prefix) < 0;
    }

    private boolean isInRange(long hash) {
        return (hash ^ prefix) >>> 1 >>> (Long.SIZE - 1 - bits) == 0;
    }

    /** Moves to the range of the next page; returns {@code false} if this was the last. */
    private boolean advance(Index index) {
        long next = bits == 0 ? 0 : prefix + (1L << -bits);
        if (next == 0) {
            return false;
        }
        prefix = next;
        // If that page has been merged with the previous one, only its upper half is left.
        bits = Math.max(index.depth(next), Long.SIZE - Long.numberOfTrailingZeros(next));
        home = 0;
        return true;
    }

    private void weigh(long word) {
        payloadLength += Entries.payloadLength(table.entries().address(Index.reference(word)));
    }

    private void prefetch(long word) {
        table.prefetchEntry(Index.reference(word));
    }

    private void handOutReached(long word) {
        long entry = table.entries().address(Index.reference(word));
        if (isInRange(word) && Entries.sequence(entry) <= summary.sequence()) {
            handOut(table, entry);
        }
    }

    private void handOut(Table current, long entry) {
        boolean expires = Entries.expires(entry);
        int flags = expires ? RecordFlags.ABSOLUTE_EXPIRY : 0;
        sink.writeLong(Entries.sequence(entry));
        sink.writeLong(
                RecordEncoder.headerOf(EventType.SET, flags, Entries.keyLength(entry), Entries.valueLength(entry)));
        if (expires) {
            sink.writeLong(Entries.expiry(entry));
        }
        current.entries().writePayload(entry, sink);
        keys++;
        digest += Entries.digest(entry);
    }
}
