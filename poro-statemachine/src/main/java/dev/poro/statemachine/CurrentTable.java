package dev.poro.statemachine;

import java.util.function.LongSupplier;

/**
 * The {@link Table} that a state machine has at the moment, or none before the first memory budget. Replaces it by one
 * with more room, and gives its memory back when no reader can be inside any more.
 *
 * <p>The writer replaces and retires. Any thread reads: between {@link #enter} and {@link #exit}, in a method that
 * {@link RetiredArenas} knows by name.
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

    /** The table, which must be there. */
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

    /** A reader comes in; returns what {@link #exit} wants. */
    int enter() {
        return virtualReaders.enter();
    }

    /** The table for a reader that has come in, or {@code null}. */
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

    /** Makes room for contents that count {@code capacity} bytes, or for as much of that as the system grants. */
    void reserve(long capacity) {
        Table current = table;
        if (current == null) {
            table = Table.createUpTo(capacity, keyHash, logTime);
        } else if (capacity > current.capacity()) {
            tryToGrow(current, capacity);
        }
    }

    /**
     * Moves to a larger arena, if the system grants one: a log may come from a larger machine, and its contents fit
     * into what there is all the same. The old arena is given back at once if no thread has ever read, which is how it
     * is at replay; otherwise readers may still be in it.
     */
    private void tryToGrow(Table current, long capacity) {
        try {
            table = current.grown(capacity);
        } catch (OutOfMemoryError refused) {
            return;
        }
        // Either this read sees a reader's announcement, or that reader sees the new table: both fields are volatile.
        if (hasReaders) {
            RetiredArenas.retireLater(current.arena(), virtualReaders);
        } else {
            current.arena().release();
        }
    }

    /** Puts an empty table of the same size in the place of this one, which nobody may be reading. */
    void empty() {
        Table current = table;
        if (current != null) {
            long capacity = current.capacity();
            table = null;
            current.arena().release();
            table = Table.createUpTo(capacity, keyHash, logTime);
        }
    }

    /** Gives the memory back. No reader may be inside. Closing again has no effect. */
    void close() {
        Table current = leave();
        if (current != null) {
            current.arena().release();
        }
    }

    /** Gives the memory back as soon as no reader is inside. */
    void retire() {
        Table current = leave();
        if (current != null) {
            RetiredArenas.retire(current.arena(), virtualReaders);
        }
    }

    /** From now on nobody finds the table. */
    private Table leave() {
        Table current = table;
        closed = true;
        table = null;
        return current;
    }
}
