package dev.poro.wal.simulated;

import dev.poro.events.RawMemory;
import dev.poro.wal.simulated.SimulatedOperation.Kind;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/** One open file of a {@link SimulatedStorage}. */
final class SimulatedFile implements StorageFile {
    private final SimulatedStorage storage;
    private final String name;
    private final SimulatedDisk disk;
    private final boolean writable;
    private volatile boolean closed;
    private ByteBuffer mapping;

    SimulatedFile(SimulatedStorage storage, String name, SimulatedDisk disk, boolean writable) {
        this.storage = storage;
        this.name = name;
        this.disk = disk;
        this.writable = writable;
    }

    String name() {
        return name;
    }

    @Override
    public String description() {
        return storage.describe(name);
    }

    @Override
    public long length() throws StorageException {
        requireOpen();
        storage.begin(SimulatedOperation.of(Kind.LENGTH, name));
        return disk.length();
    }

    @Override
    public int read(ByteBuffer target, long position) throws StorageException {
        requireOpen();
        storage.begin(new SimulatedOperation(Kind.READ, name, "", position, target.remaining()));
        return disk.read(target, position);
    }

    @Override
    public void write(ByteBuffer source, long position) throws StorageException {
        requireWritable();
        if (!source.isDirect()) {
            throw new IllegalArgumentException("not a direct buffer");
        }
        int end = source.limit();
        long at = position;
        do {
            int piece = Math.min(source.remaining(), storage.longestWrite());
            source.limit(source.position() + piece);
            writePiece(source, at);
            source.limit(end);
            at += piece;
        } while (source.hasRemaining());
    }

    private void writePiece(ByteBuffer source, long position) throws StorageException {
        SimulatedFault fault =
                storage.faultOf(new SimulatedOperation(Kind.WRITE, name, "", position, source.remaining()));
        if (fault != null) {
            source.limit(source.position() + Math.min(source.remaining(), fault.bytesWritten()));
        }
        int before = source.position();
        boolean fits = storage.write(disk, source, position);
        if (fault != null || !fits) {
            long at = position + source.position() - before;
            throw StorageException.of(
                    description(),
                    "write at offset " + at,
                    new IOException(storage.say(fits ? fault.message() : SimulatedStorage.NO_SPACE)));
        }
    }

    @Override
    public void force() throws StorageException {
        requireOpen();
        SimulatedOperation force = SimulatedOperation.of(Kind.FORCE, name);
        SimulatedFault fault = storage.faultOf(force);
        if (fault != null) {
            disk.forceFailed();
            throw storage.failureOf(force, fault);
        }
        disk.force();
    }

    @Override
    public ByteBuffer map(long length) throws StorageException {
        requireWritable();
        storage.begin(new SimulatedOperation(Kind.MAP, name, "", 0, length));
        if (mapping != null) {
            throw new IllegalStateException(name + " is mapped already");
        }
        mapping = disk.map((int) length);
        return mapping;
    }

    @Override
    public void unmap() {
        if (mapping != null) {
            RawMemory.unregister(RawMemory.addressOf(mapping));
            mapping = null;
            disk.unmap();
        }
    }

    @Override
    public void close() throws StorageException {
        if (closed) {
            return;
        }
        closed = true;
        storage.closed(this);
        unmap();
        storage.begin(SimulatedOperation.of(Kind.CLOSE, name));
    }

    private void requireWritable() throws StorageException {
        requireOpen();
        if (!writable) {
            throw new IllegalStateException(name + " is open for reading only");
        }
    }

    private void requireOpen() throws StorageException {
        if (closed) {
            throw StorageException.of(description(), "be used", new ClosedChannelException());
        }
    }
}
