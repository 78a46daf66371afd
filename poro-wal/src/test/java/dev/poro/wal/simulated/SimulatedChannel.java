package dev.poro.wal.simulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/**
 * An open file of a {@link SimulatedFileSystem}. A read may return less than was asked for: what others do meanwhile
 * comes in between, as between the pages that a system copies.
 */
final class SimulatedChannel extends FileChannel {
    private static final int READ_WHOLE = 64;

    private final SimulatedFileSystem fileSystem;
    private final Path path;
    private final SimulatedDisk disk;
    private long position;

    /** @param disk {@code null} for a directory, which can only be forced */
    SimulatedChannel(SimulatedFileSystem fileSystem, Path path, SimulatedDisk disk) {
        this.fileSystem = fileSystem;
        this.path = path;
        this.disk = disk;
    }

    @Override
    public int read(ByteBuffer target, long at) {
        fileSystem.beforeEachCall(path);
        int wanted = target.remaining();
        if (wanted == 0) {
            return 0;
        }
        int count = wanted <= READ_WHOLE ? wanted : fileSystem.part(path, wanted);
        int limit = target.limit();
        target.limit(target.position() + count);
        int read = disk.read(target, at);
        target.limit(limit);
        return read == 0 ? -1 : read;
    }

    @Override
    public int read(ByteBuffer target) {
        int read = read(target, position);
        position += Math.max(0, read);
        return read;
    }

    @Override
    public int write(ByteBuffer source, long at) {
        int count = source.remaining();
        disk.write(source, (int) at);
        return count;
    }

    @Override
    public int write(ByteBuffer source) {
        int written = write(source, position);
        position += written;
        return written;
    }

    @Override
    public long size() {
        fileSystem.beforeEachCall(path);
        return disk.length();
    }

    @Override
    public void force(boolean metaData) {
        if (disk != null) {
            fileSystem.beforeEachCall(path);
            disk.force();
        }
    }

    @Override
    public FileChannel truncate(long size) {
        if (size != 0) {
            throw new UnsupportedOperationException("only to nothing");
        }
        disk.empty();
        return this;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public FileChannel position(long newPosition) {
        position = newPosition;
        return this;
    }

    @Override
    public FileLock tryLock(long from, long size, boolean shared) {
        return new FileLock(this, from, size, shared) {
            @Override
            public boolean isValid() {
                return SimulatedChannel.this.isOpen();
            }

            @Override
            public void release() {
                // Nobody else asks for it: one process, and a registry in it.
            }
        };
    }

    @Override
    public FileLock lock(long from, long size, boolean shared) {
        return tryLock(from, size, shared);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long from, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long from, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void implCloseChannel() throws IOException {
        // The file stays.
    }
}
