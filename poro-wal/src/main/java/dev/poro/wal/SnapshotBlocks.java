package dev.poro.wal;

import static dev.poro.wal.SnapshotDescriptor.BLOCK_HEADER_LENGTH;

import dev.poro.events.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The blocks of a snapshot on their way from the state machine to the file: a fixed number of buffers, used in turn.
 * Each has room for its header before the body.
 *
 * <p>One thread at a time puts, and one at a time takes; these may be two threads.
 */
final class SnapshotBlocks {
    private static final int COUNT = 32;
    private static final int MAX_BLOCK_LENGTH = 256 << 10;
    private static final int MIN_BLOCK_LENGTH = 4 << 10;

    private final int blockLength;
    private final ByteBuffer[] blocks;
    private final AtomicLong filled = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();

    /** Bytes of the block that is being filled, its header included. */
    private int length = BLOCK_HEADER_LENGTH;

    private long address;

    /** @param blockLength bytes of a block, its header included */
    SnapshotBlocks(int blockLength, int count) {
        this.blockLength = blockLength;
        this.blocks = new ByteBuffer[count];
        for (int index = 0; index < count; index++) {
            blocks[index] = RawMemory.allocateBuffer(blockLength).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** 8 MiB in total; less for segments that are shorter than usual. */
    static SnapshotBlocks beside(int segmentLength) {
        return new SnapshotBlocks(Math.max(MIN_BLOCK_LENGTH, Math.min(MAX_BLOCK_LENGTH, segmentLength / 8)), COUNT);
    }

    /** Whether bytes can be put. */
    boolean hasRoom() {
        return filled.get() - taken.get() < blocks.length;
    }

    /** Whether no more than half of the blocks are filled. */
    boolean isHalfEmpty() {
        return filled.get() - taken.get() <= blocks.length / 2;
    }

    /** Puts as many of the bytes as the block has room for; there must be some. Returns how many. */
    int put(long source, int wanted) {
        if (length == BLOCK_HEADER_LENGTH) {
            address = RawMemory.addressOf(block(filled.get()));
        }
        int put = Math.min(wanted, blockLength - length);
        RawMemory.copy(source, address + length, put);
        length += put;
        if (length == blockLength) {
            length = BLOCK_HEADER_LENGTH;
            filled.incrementAndGet();
        }
        return put;
    }

    /** Whether the latest bytes that were put have filled a block. */
    boolean isAtStartOfBlock() {
        return length == BLOCK_HEADER_LENGTH;
    }

    private ByteBuffer block(long number) {
        return blocks[(int) (number % blocks.length)];
    }

    /** The oldest filled block, or {@code null}. The caller owns it until {@link #giveBack}. */
    ByteBuffer take() {
        long number = taken.get();
        return number == filled.get() ? null : block(number);
    }

    /** The block that was taken may be filled again. */
    void giveBack() {
        taken.incrementAndGet();
    }

    /** The last block, with its limit after its contents; {@code null} if it is empty. Nothing may be put later. */
    ByteBuffer takeLast() {
        return length == BLOCK_HEADER_LENGTH ? null : block(filled.get()).limit(length);
    }

    /** Releases the memory. Must not be used afterwards. */
    void release() {
        for (ByteBuffer block : blocks) {
            RawMemory.release(block);
        }
    }
}
