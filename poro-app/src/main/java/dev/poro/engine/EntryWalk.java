package dev.poro.engine;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import dev.poro.events.StateSummary;
import java.io.IOException;
import java.time.Instant;
import java.util.function.BiConsumer;

/**
 * One pass over the contents at one sequence, by the thread that wants them. What has expired by the log time of that
 * sequence is left out. Used by one thread.
 */
final class EntryWalk implements AutoCloseable {
    private static final long NO_EXPIRY = -1;
    private static final int U8 = 0xFF;
    private static final int U16 = 0xFFFF;

    /** The store that the entries are of. */
    interface Source {
        /** Has the writer put more entries, if the buffer has room; throws if the store is closed or has stopped. */
        void advance();

        /** The exception for a walk that does not come to its end. */
        IterationFailedException failed(String why, Throwable cause);
    }

    private final Source source;
    private final EntryBuffer buffer;

    private byte[] block = {};
    private int position;
    private int limit;
    private boolean isOver;
    private long entries;
    private long visited;

    EntryWalk(Source source, EntryBuffer buffer) {
        this.source = source;
        this.buffer = buffer;
    }

    /**
     * Hands every live entry to the visitor.
     *
     * @return the sequence; 0 if the store was cleared before the first entry was handed out, and nothing was
     */
    long run(BiConsumer<? super byte[], ? super Entry> visitor) {
        while (hasMore()) {
            visitNext(visitor);
        }
        if (isOver) {
            return 0;
        }
        StateSummary summary = buffer.summary();
        if (entries != summary.keys()) {
            throw source.failed(entries + " entries came, not " + summary.keys() + ": a defect of Poro", null);
        }
        return summary.sequence();
    }

    private void visitNext(BiConsumer<? super byte[], ? super Entry> visitor) {
        long sequence = readLong();
        long header = readLong();
        int flags = (int) (header >>> (Byte.SIZE * RecordDescriptor.FLAGS_OFFSET)) & U8;
        int keyLength = (int) (header >>> (Byte.SIZE * RecordDescriptor.KEY_LENGTH_OFFSET)) & U16;
        int valueLength = (int) (header >>> (Byte.SIZE * RecordDescriptor.VALUE_LENGTH_OFFSET));
        long expiry = RecordFlags.expiry(flags) == RecordFlags.ABSOLUTE_EXPIRY ? readLong() : NO_EXPIRY;
        byte[] key = read(keyLength);
        byte[] value = read(valueLength);
        if (isOver) {
            return;
        }
        entries++;
        if (expiry == NO_EXPIRY || expiry > buffer.summary().timestamp()) {
            visited++;
            visitor.accept(key, new Entry(value, sequence, expiry == NO_EXPIRY ? null : Instant.ofEpochMilli(expiry)));
        }
    }

    private long readLong() {
        if (limit - position >= Long.BYTES) {
            position += Long.BYTES;
            return RawMemory.readLong(block, position - Long.BYTES);
        }
        return RawMemory.readLong(read(Long.BYTES), 0);
    }

    /** The next bytes; zeros once the walk is over. */
    private byte[] read(int count) {
        byte[] bytes = new byte[count];
        int copied = 0;
        while (copied < count && hasMore()) {
            int part = Math.min(count - copied, limit - position);
            System.arraycopy(block, position, bytes, copied, part);
            position += part;
            copied += part;
        }
        if (copied < count && !isOver) {
            throw source.failed("the entries end in the midst of one: a defect of Poro", null);
        }
        return bytes;
    }

    /** Whether there is a next byte; waits until that is known. */
    private boolean hasMore() {
        while (position == limit && !isOver) {
            requireGoing();
            boolean hasEnded = buffer.hasEnded();
            if (takeBlock()) {
                return true;
            }
            if (hasEnded) {
                return false;
            }
            source.advance();
        }
        return !isOver;
    }

    private void requireGoing() {
        if (Thread.currentThread().isInterrupted()) {
            throw source.failed("the thread was interrupted, after " + visited + " entries", null);
        }
        Throwable failure = buffer.failure();
        if (failure != null) {
            throw failed(failure);
        }
        if (buffer.isAborted()) {
            if (visited > 0) {
                throw source.failed(
                        "the store was cleared after " + visited + " of "
                                + buffer.summary().keys() + " entries, and the others are gone. Call it again",
                        null);
            }
            isOver = true;
        }
    }

    private IterationFailedException failed(Throwable failure) {
        if (failure instanceof EntryBuffer.Full full) {
            return source.failed(
                    "after " + visited + " entries, the visitor was too far behind the changes: the entries that had to"
                            + " be kept for it filled " + buffer.memoryLength() + " bytes of memory and "
                            + full.fileLength() + " bytes of a file, which is as much as PoroBuilder.spillLimit allows."
                            + " Raise that limit, make the visitor faster, or call it when less is changed",
                    null);
        }
        return source.failed("after " + visited + " entries: " + failure.getMessage(), failure);
    }

    private boolean takeBlock() {
        try {
            byte[] next = isOver ? null : buffer.take();
            if (next == null) {
                return false;
            }
            block = next;
            position = 0;
            limit = buffer.lengthOfBlock();
            return true;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Ends it. The memory that it used is free as soon as the next event is applied. */
    @Override
    public void close() {
        try {
            buffer.close();
        } catch (IOException e) {
            // A file that nobody needs and that has no name: there is nothing to lose.
        }
    }
}
