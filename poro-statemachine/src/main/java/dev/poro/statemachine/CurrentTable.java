package dev.poro.statemachine;

import java.util.function.LongSupplier;

/**
 * The {@link Table} in use, or none before the first memory budget. Replaces it by a larger one, and releases the old
 * one's memory when no reader can be using it any more.
 *
 * <p>Only the writer replaces and retires tables. Any thread may read, between {@link #enter} and {@link #exit}, in a
 * method that {@link RetiredArenas} lists by name.
 */
final class CurrentTable {
    private final WyHash keyHash;
    private final LongSupplier logTime;
    private final VirtualReaders virtualReaders = new VirtualReaders();

    private volatile Table table;
    private volatile boolean hasReaders;
    private volatile boolean closed;

    /**
     * @param reserveBytes what to reserve memory for at once; 0 for nothing
     * @param logTime for readers, in milliseconds since 1970
     */
    CurrentTable(long reserveBytes, WyHash keyHash, LongSupplier logTime) {
        this.keyHash = keyHash;
        this.logTime = logTime;
        this.table = reserveBytes == 0 ? null : Table.create(reserveBytes, keyHash, logTime);
    }

    /** The table, or {@code null}. */
    Table get() {
        return table;
    }

    /** The table, or an exception if there is none. */
    Table require() {
        Table current = table;
        if (current == null) {
            throw closed ? isClosed() : new StateMachineException("there is no state yet");
        }
        return current;
    }

    boolean isOpen() {
        return !closed;
    }

    void requireOpen() {
        if (closed) {
            throw isClosed();
        }
    }

    private static StateMachineException isClosed() {
        return new StateMachineException("the state machine is closed");
    }

    /** Begins a read; returns the argument for {@link #exit}. */
    int enter() {
        return virtualReaders.enter();
    }

    /** The table for a reader after {@link #enter}, or {@code null}. */
    Table forReading() {
        if (!hasReaders) {
            hasReaders = true;
        }
        Table current = table;
        if (current == null) {
            requireOpen();
        }
        return current;
    }

    void exit(int reader) {
        virtualReaders.exit(reader);
    }

    /** Makes room for charges of {@code capacity} bytes, or for as much of that as the system grants. */
    void reserve(long capacity) {
        Table current = table;
        if (current == null) {
            table = Table.createUpTo(capacity, keyHash, logTime);
        } else if (!current.isAsLargeAsFor(capacity)) {
            tryToGrow(current, capacity);
        }
    }

    /**
     * Moves to a larger arena, if the system grants one. If not, the table stays: a log may come from a larger machine,
     * and its contents may fit anyway. The old arena is released at once if no thread has ever read, as at replay;
     * otherwise readers may still be using it.
     */
    private void tryToGrow(Table current, long capacity) {
        try {
            table = current.grown(capacity);
        } catch (OutOfMemoryError refused) {
            return;
        }
        // Both fields are volatile: either this read sees the reader's flag, or the reader sees the new table.
        if (hasReaders) {
            RetiredArenas.retireLater(current.arena(), virtualReaders);
        } else {
            current.arena().release();
        }
    }

    /** Replaces the table by an empty one of the same size. No thread may be reading. */
    void empty() {
        Table current = table;
        if (current != null) {
            long capacity = current.capacity();
            table = null;
            current.arena().release();
            table = Table.createUpTo(capacity, keyHash, logTime);
        }
    }

    /** Releases the memory. No thread may be reading. Closing again has no effect. */
    void close() {
        Table current = leave();
        if (current != null) {
            current.arena().release();
        }
    }

    /** Closes, and releases the memory as soon as no thread is reading. */
    void retire() {
        Table current = leave();
        if (current != null) {
            RetiredArenas.retire(current.arena(), virtualReaders);
        }
    }

    /** Hides the table from readers to come. */
    private Table leave() {
        Table current = table;
        closed = true;
        table = null;
        return current;
    }
}
