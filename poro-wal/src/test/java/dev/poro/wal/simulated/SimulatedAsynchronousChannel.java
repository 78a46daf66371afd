package dev.poro.wal.simulated;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** An open file of a {@link SimulatedFileSystem} that is written, at once. */
final class SimulatedAsynchronousChannel extends AsynchronousFileChannel {
    private final SimulatedChannel channel;

    SimulatedAsynchronousChannel(SimulatedChannel channel) {
        this.channel = channel;
    }

    @Override
    public Future<Integer> write(ByteBuffer source, long position) {
        return CompletableFuture.completedFuture(channel.write(source, position));
    }

    @Override
    public Future<Integer> read(ByteBuffer target, long position) {
        return CompletableFuture.completedFuture(channel.read(target, position));
    }

    @Override
    public void force(boolean metaData) {
        channel.force(metaData);
    }

    @Override
    public long size() {
        return channel.size();
    }

    @Override
    public AsynchronousFileChannel truncate(long size) {
        channel.truncate(size);
        return this;
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void lock(
            long position, long size, boolean shared, A attachment, CompletionHandler<FileLock, ? super A> handler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<FileLock> lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void read(
            ByteBuffer target, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void write(
            ByteBuffer source, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws java.io.IOException {
        channel.close();
    }
}
