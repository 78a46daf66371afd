package dev.poro.wal;

import dev.poro.events.RawMemory;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.Worker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * A snapshot on its way from the state machine to a file.
 *
 * <p>The single writer of the state machine puts entries into {@link SnapshotBlocks}; {@link #drain} writes them to the
 * file. Usually the worker of the {@link SnapshotWriter} drains. A writer that finds no room drains itself, so that it
 * waits for the disk and never for another thread.
 *
 * <p>After a failure of the disk, all further entries are dropped until the state machine has finished.
 */
final class SnapshotInProgress implements SnapshotSink {
    private final Storage storage;
    private final long logId;
    private final SnapshotBlocks blocks;
    private final Worker worker;
    /** {@code null} if there is none. */
    private final ChangeLog changes;

    private final StorageFile file;
    private final ByteBuffer eightBytes = RawMemory.allocateBuffer(Long.BYTES);
    private final long eightBytesAddress = RawMemory.addressOf(eightBytes);

    private volatile StateSummary summary;
    private volatile long latestWallClock;
    private volatile long lastChange;
    private volatile boolean ended;
    private volatile boolean aborted;
    private volatile Throwable failure;
    private SnapshotFileWriter writer;

    /**
     * @param worker woken when there is something to drain
     * @param latestWallClock that of the log up to here: the snapshot's, unless it has later events
     */
    SnapshotInProgress(
            Storage storage, long logId, SnapshotBlocks blocks, Worker worker, long latestWallClock, ChangeLog changes)
            throws IOException {
        this.storage = storage;
        this.logId = logId;
        this.blocks = blocks;
        this.worker = worker;
        this.latestWallClock = latestWallClock;
        this.changes = changes;
        deleteFile();
        this.file = storage.create(SnapshotDescriptor.TEMPORARY_NAME);
    }

    @Override
    public void latestWallClock(long millis) {
        latestWallClock = millis;
    }

    @Override
    public void begin(StateSummary ofState) {
        lastChange = changes == null ? 0 : changes.lastSequence();
        summary = ofState;
    }

    @Override
    public boolean hasRoom() {
        return failure != null || blocks.isHalfEmpty();
    }

    @Override
    public void writeLong(long value) {
        RawMemory.writeLong(eightBytesAddress, value);
        write(eightBytesAddress, Long.BYTES);
    }

    @Override
    public void write(long address, int length) {
        for (int written = 0; written < length && failure == null; ) {
            if (!blocks.hasRoom()) {
                drain();
                continue;
            }
            written += blocks.put(address + written, length - written);
            // Not earlier: the worker runs periodically anyway, and if woken early it would take the store for idle.
            if (blocks.isAtStartOfBlock() && !blocks.isHalfEmpty()) {
                worker.wake();
            }
        }
    }

    @Override
    public void end(long keys, long digest) {
        StateSummary expected = summary;
        if (keys != expected.keys() || digest != expected.digest()) {
            fail(new LogException(String.format(
                    Locale.ROOT,
                    "the snapshot of sequence %d has %d keys with digest %016x, the state had %d keys with digest"
                            + " %016x: a defect of Poro. The snapshot is given up",
                    expected.sequence(),
                    keys,
                    digest,
                    expected.keys(),
                    expected.digest())));
        }
        ended = true;
        worker.wake();
    }

    @Override
    public void abort() {
        aborted = true;
        ended = true;
        worker.wake();
    }

    /** Writes the filled blocks to the file. */
    synchronized void drain() {
        try {
            for (ByteBuffer block = blocks.take(); block != null; block = blocks.take()) {
                if (failure == null) {
                    writer().writeBlock(block);
                }
                blocks.giveBack();
            }
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            fail(e);
        }
    }

    private SnapshotFileWriter writer() throws IOException {
        if (writer == null) {
            SnapshotHeader header = new SnapshotHeader(
                    SnapshotDescriptor.versionOf(summary),
                    logId,
                    storage.randomLong(),
                    storage.currentTimeMillis(),
                    summary,
                    latestWallClock,
                    lastChange);
            writer = new SnapshotFileWriter(file, header);
        }
        return writer;
    }

    private void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /** Whether the store was cleared meanwhile: there will never be all entries. */
    boolean isAborted() {
        return aborted;
    }

    /** Whether the state machine has put its last entry. */
    boolean hasEnded() {
        return ended;
    }

    /**
     * Completes the file and forces it, once the state machine has finished. The file still has its temporary name.
     *
     * @throws IOException if writing has failed, now or before
     */
    synchronized SnapshotReport complete() throws IOException {
        drain();
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        ByteBuffer last = blocks.takeLast();
        if (last != null) {
            writer().writeBlock(last);
        }
        writer().writeFooter();
        file.close();
        return SnapshotReport.of(writer.header(), writer.length());
    }

    /** Closes the file and deletes it. The state machine may still put entries, which are dropped. */
    synchronized void abandon(Throwable why) {
        fail(why);
        try {
            file.close();
            deleteFile();
        } catch (IOException e) {
            // The next attempt or the next opening deletes it.
            why.addSuppressed(e);
        }
    }

    private void deleteFile() throws IOException {
        if (storage.list().contains(SnapshotDescriptor.TEMPORARY_NAME)) {
            storage.delete(SnapshotDescriptor.TEMPORARY_NAME);
        }
    }

    /** Releases the memory. The state machine must have finished. */
    void release() {
        blocks.release();
        RawMemory.release(eightBytes);
    }
}
