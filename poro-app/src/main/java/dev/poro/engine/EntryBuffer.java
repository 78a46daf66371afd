package dev.poro.engine;

import dev.poro.events.RawMemory;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The entries of an {@link EntryWalk} on their way from the single writer, which puts them, to the reader, which takes
 * them: one stream of bytes in blocks. Filled blocks wait in memory while there is room, otherwise in a
 * {@link SpillFile}. The writer never waits for the reader; if there is no room in the file either, the walk fails.
 *
 * <p>While blocks are in the file, all new ones go there, too. So those in memory are older than those in the file.
 *
 * <p>Memory is arrays of the Java heap, made when they are first needed: whoever drops the buffer need not know whether
 * the writer still puts into it. One thread puts, one takes; the rest is for any thread.
 */
final class EntryBuffer implements SnapshotSink {
    static final int BLOCK_LENGTH = 64 << 10;

    /** Filled blocks at which the walk pauses. */
    static final int BLOCKS_AHEAD = 4;

    /** The one that is being filled, and the one that the reader has. */
    private static final int BLOCKS_IN_HAND = 2;

    private final byte[][] blocks;
    /** {@code null} if no byte may go to a file, or for {@link #whyNoFile}. */
    private final SpillFile spill;

    private final IOException whyNoFile;

    /** How many blocks in memory were filled, and how many of them the reader has given back. */
    private final AtomicLong filledInMemory = new AtomicLong();

    private final AtomicLong givenBack = new AtomicLong();
    private final AtomicInteger made = new AtomicInteger();

    private volatile StateSummary summary;
    /** Bytes of the stream, once that is known. */
    private volatile long length = Long.MAX_VALUE;

    private volatile boolean ended;
    private volatile boolean aborted;
    private volatile boolean closed;
    private volatile Throwable failure;

    // Used by the writer.
    private byte[] filling;
    private int filled;
    private long blocksFilled;

    // Used by the reader.
    private boolean hasBlockOfMemory;
    private byte[] blockOfFile;
    private long blocksTaken;

    /**
     * An empty buffer.
     *
     * @param longestEntry bytes of an entry that memory is to have room for, whatever the file may hold
     * @param spill {@code null} for none
     * @param whyNoFile why there is none; {@code null} if none is wanted
     */
    EntryBuffer(int longestEntry, SpillFile spill, IOException whyNoFile) {
        this.blocks = new byte[BLOCKS_AHEAD + BLOCKS_IN_HAND + longestEntry / BLOCK_LENGTH + 1][];
        this.spill = spill;
        this.whyNoFile = whyNoFile;
    }

    @Override
    public void begin(StateSummary ofState) {
        summary = ofState;
    }

    @Override
    public boolean hasRoom() {
        return isSpillEmpty() && filledInMemory.get() - givenBack.get() < BLOCKS_AHEAD;
    }

    @Override
    public boolean isWanted() {
        return !closed && failure == null;
    }

    @Override
    public boolean wantsClients() {
        return false;
    }

    @Override
    public void writeLong(long value) {
        if (BLOCK_LENGTH - filled >= Long.BYTES && filling != null) {
            RawMemory.writeLong(filling, filled, value);
            advance(Long.BYTES);
            return;
        }
        for (int shift = 0; shift < Long.SIZE && hasBlock(); shift += Byte.SIZE) {
            filling[filled] = (byte) (value >>> shift);
            advance(1);
        }
    }

    @Override
    public void write(long address, int count) {
        for (int written = 0; written < count && hasBlock(); ) {
            int part = Math.min(count - written, BLOCK_LENGTH - filled);
            RawMemory.copy(address + written, filling, filled, part);
            written += part;
            advance(part);
        }
    }

    /** Whether there is a block to put into; not after a failure. */
    private boolean hasBlock() {
        if (filling == null && failure == null) {
            try {
                filling = blockToFill();
            } catch (OutOfMemoryError e) {
                failure = e;
            }
        }
        return filling != null;
    }

    private byte[] blockToFill() {
        int index = (int) (filledInMemory.get() % blocks.length);
        if (blocks[index] == null) {
            blocks[index] = new byte[BLOCK_LENGTH];
            made.incrementAndGet();
        }
        return blocks[index];
    }

    private void advance(int part) {
        filled += part;
        if (filled == BLOCK_LENGTH) {
            passOn();
        }
    }

    private void passOn() {
        filled = 0;
        blocksFilled++;
        // The reader's counters grow meanwhile: there may be more room than it seems, not less.
        if (isSpillEmpty() && filledInMemory.get() + 1 - givenBack.get() < blocks.length) {
            filledInMemory.incrementAndGet();
            filling = null;
        } else if (!trySpill()) {
            filling = null;
        }
    }

    private boolean trySpill() {
        try {
            if (spill == null) {
                failure = whyNoFile == null ? new Full(0) : whyNoFile;
            } else if (spill.isFull()) {
                failure = new Full(spill.length());
            } else {
                spill.write(filling);
            }
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            failure = e;
        }
        return failure == null;
    }

    private boolean isSpillEmpty() {
        return spill == null || spill.written() == spill.read();
    }

    @Override
    public void abort() {
        aborted = true;
    }

    @Override
    public void end(long keys, long digest) {
        if (keys != summary.keys() || digest != summary.digest()) {
            failure = new IllegalStateException(
                    "the entries are not those of sequence " + summary.sequence() + ": a defect of Poro");
            return;
        }
        // The length comes before the last block: whoever takes that knows where it ends.
        length = blocksFilled * BLOCK_LENGTH + filled;
        if (filled > 0) {
            passOn();
        }
        ended = true;
    }

    /** The state that the entries are of; {@code null} before the first. */
    StateSummary summary() {
        return summary;
    }

    /** Whether the entries will not come, because the store was cleared. */
    boolean isAborted() {
        return aborted;
    }

    /** Whether all blocks can be taken. */
    boolean hasEnded() {
        return ended;
    }

    /** Why the entries will not come, or {@code null}. {@link Full} if the reader is too slow. */
    Throwable failure() {
        return failure;
    }

    /**
     * Gives back the block that was taken before, and takes the next; {@code null} if there is none at the moment.
     *
     * @throws IOException if it cannot be read back from the file
     */
    byte[] take() throws IOException {
        if (hasBlockOfMemory) {
            hasBlockOfMemory = false;
            givenBack.incrementAndGet();
        }
        // First the file, then memory: what is in memory by then and older than a block that is in the file by now, is
        // seen. The other way round, the writer might fill memory and then the file in between.
        long spilled = spill == null ? 0 : spill.written();
        if (givenBack.get() < filledInMemory.get()) {
            hasBlockOfMemory = true;
            blocksTaken++;
            return blocks[(int) (givenBack.get() % blocks.length)];
        }
        if (spill == null || spill.read() == spilled) {
            return null;
        }
        if (blockOfFile == null) {
            blockOfFile = new byte[BLOCK_LENGTH];
        }
        spill.read(blockOfFile);
        blocksTaken++;
        return blockOfFile;
    }

    /** Bytes of the block that was taken last. */
    int lengthOfBlock() {
        return (int) Math.min(BLOCK_LENGTH, length - (blocksTaken - 1) * BLOCK_LENGTH);
    }

    /** Bytes of memory in use. */
    long memoryLength() {
        return (long) made.get() * BLOCK_LENGTH;
    }

    /** Bytes of the file. */
    long fileLength() {
        return spill == null ? 0 : spill.length();
    }

    /** The reader takes no more. What the writer puts from now on is dropped. */
    void close() throws IOException {
        closed = true;
        if (spill != null) {
            spill.close();
        }
    }

    /** There is no room for what the writer had to put. */
    static final class Full extends Exception {
        private static final long serialVersionUID = 1L;

        private final long fileLength;

        Full(long fileLength) {
            super("no room", null, false, false);
            this.fileLength = fileLength;
        }

        /** Bytes of the file. */
        long fileLength() {
            return fileLength;
        }
    }
}
