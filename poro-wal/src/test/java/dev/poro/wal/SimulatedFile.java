package dev.poro.wal;

import dev.poro.events.RawMemory;
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
    public long length() throws IOException {
        begin("length " + name, false);
        return disk.length();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        begin("read " + name + " " + position + "+" + target.remaining(), false);
        return disk.read(target, position);
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        requireWritable();
        if (!source.isDirect()) {
            throw new IllegalArgumentException("not a direct buffer");
        }
        begin("write " + name + " " + position + "+" + source.remaining(), true);
        storage.write(disk, source, position);
    }

    @Override
    public void force() throws IOException {
        requireWritable();
        begin("force " + name, true);
        disk.force();
    }

    @Override
    public ByteBuffer map(long length) throws IOException {
        requireWritable();
        begin("map " + name + " " + length, false);
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
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        storage.closed(this);
        unmap();
        storage.begin("close " + name, false);
    }

    private void requireWritable() {
        if (!writable) {
            throw new IllegalStateException(name + " is open for reading only");
        }
    }

    private void begin(String operation, boolean isChange) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        storage.begin(operation, isChange);
    }
}
