package dev.poro.wal;

import dev.poro.events.RawMemory;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads and checks the blocks of a snapshot ahead, on a worker, while earlier blocks are in use. Uses a fixed number of
 * buffers. Used by one thread.
 */
final class SnapshotReadAhead implements Closeable {
    /** Bytes in front of each body that its taker may write to. */
    static final int HEADROOM = 4 << 10;

    private static final int BLOCKS = 8;

    private final SnapshotBlockReader reader;
    private final ByteBuffer[] blocks = new ByteBuffer[BLOCKS];
    /** The blocks without their headroom. */
    private final ByteBuffer[] bodies = new ByteBuffer[BLOCKS];

    private final int[] lengths = new int[BLOCKS];
    private final AtomicLong filled = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();
    private final Worker worker;
    /** Blocks that were taken and not given back. */
    private int held;

    private long bodyAddress;

    /** The failure that ended the reading, if any. Written before {@link #ended}. */
    private Throwable failure;

    private volatile boolean ended;

    SnapshotReadAhead(StorageFile file, SnapshotHeader header, WorkerFactory workers) throws IOException {
        reader = new SnapshotBlockReader(file, header);
        int capacity = reader.maxBodyLength();
        for (int index = 0; index < BLOCKS; index++) {
            blocks[index] = RawMemory.allocateBuffer(HEADROOM + capacity);
            bodies[index] = blocks[index].slice(HEADROOM, capacity);
        }
        worker = workers.start("poro-load", this::readOne, this::end);
        worker.wake();
    }

    private void end(Throwable cause) {
        if (!ended) {
            failure = cause;
            ended = true;
        }
    }

    private long readOne() {
        long number = filled.get();
        if (ended || number - taken.get() == BLOCKS) {
            return WorkerFactory.Task.UNTIL_WOKEN;
        }
        int index = (int) (number % BLOCKS);
        try {
            lengths[index] = reader.read(bodies[index]);
        } catch (IOException | RuntimeException | Error e) {
            end(e);
            return WorkerFactory.Task.UNTIL_WOKEN;
        }
        if (lengths[index] == SnapshotBlockReader.END) {
            ended = true;
        } else {
            filled.incrementAndGet();
        }
        return 0;
    }

    /**
     * The next block. The caller owns it, with its headroom, until {@link #giveBack}.
     *
     * @return the length of its body; {@link SnapshotBlockReader#END} after the last, when all blocks have been checked
     * @throws LogDamagedException if the next block is damaged
     */
    int take() throws IOException {
        long number = taken.get() + held;
        worker.await(() -> filled.get() > number || ended);
        if (filled.get() == number) {
            rethrowFailure();
            if (!ended) {
                throw new IllegalStateException("the thread that reads the snapshot has died");
            }
            return SnapshotBlockReader.END;
        }
        held++;
        int index = (int) (number % BLOCKS);
        bodyAddress = RawMemory.addressOf(blocks[index]) + HEADROOM;
        return lengths[index];
    }

    private void rethrowFailure() throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure != null) {
            throw (Error) failure;
        }
    }

    /** Where the body of the latest block is that was taken. */
    long bodyAddress() {
        return bodyAddress;
    }

    /** The caller has so many blocks. */
    int held() {
        return held;
    }

    /** The oldest block that was taken may be filled again. */
    void giveBack() {
        held--;
        taken.incrementAndGet();
        worker.wake();
    }

    /** Ends the reading and releases the memory. */
    @Override
    public void close() {
        ended = true;
        worker.stop();
        for (ByteBuffer block : blocks) {
            RawMemory.release(block);
        }
        reader.release();
    }
}
