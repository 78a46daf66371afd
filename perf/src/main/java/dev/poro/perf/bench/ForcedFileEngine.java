package dev.poro.perf.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The lower bound for durable writes: a map on the heap, and a file of full length. Each write goes to the file and is
 * forced on its own, so it costs an fdatasync of the device. Never reads the file again.
 */
public final class ForcedFileEngine implements Engine {
    private static final int LENGTH = 64 << 20;

    private final HashMapEngine map;
    private final FileChannel file;

    public ForcedFileEngine(Path directory, EngineSettings settings) throws IOException {
        this.map = new HashMapEngine(directory, settings);
        this.file =
                FileChannel.open(directory.resolve("forced"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        file.write(ByteBuffer.allocate(LENGTH), 0);
        file.force(true);
    }

    @Override
    public Session newSession() {
        return new ForcedSession(map.newSession(), file);
    }

    @Override
    public long keys() {
        return map.keys();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class ForcedSession implements Session {
        private final Session map;
        private final FileChannel file;
        private final ByteBuffer record = ByteBuffer.allocateDirect(64 << 10);
        private long position;

        ForcedSession(Session map, FileChannel file) {
            this.map = map;
            this.file = file;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            map.put(key, value);
            write(key, value);
        }

        @Override
        public int get(byte[] key, byte[] target) {
            return map.get(key, target);
        }

        @Override
        public void delete(byte[] key) {
            map.delete(key);
            write(key, new byte[0]);
        }

        private void write(byte[] key, byte[] value) {
            record.clear().put(key).put(value).flip();
            int length = record.remaining();
            try {
                file.write(record, position);
                file.force(false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            position = (position + length) % (LENGTH - record.capacity());
        }
    }
}
