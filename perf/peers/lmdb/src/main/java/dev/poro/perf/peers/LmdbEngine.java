package dev.poro.perf.peers;

import dev.poro.perf.bench.Durability;
import dev.poro.perf.bench.Engine;
import dev.poro.perf.bench.EngineSettings;
import dev.poro.perf.bench.Shape;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.lmdbjava.ByteBufferProxy;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;

/**
 * LMDB, a transaction an operation. Under {@link Durability#OS} it writes to its mapped file without forcing it, which
 * survives the process; under {@link Durability#ALWAYS} every transaction is forced.
 */
public final class LmdbEngine implements Engine {
    private static final int MAX_READERS = 256;
    private static final long MIN_MAP = 256L << 20;
    private static final int PAGE_OVERHEAD = 128;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> database;

    /** With a map that is large enough for all copies of pages. */
    public LmdbEngine(Path directory, EngineSettings settings) {
        Shape shape = settings.shape();
        EnvFlags[] flags = settings.durability() == Durability.OS
                ? new EnvFlags[] {EnvFlags.MDB_NOSYNC, EnvFlags.MDB_WRITEMAP}
                : new EnvFlags[0];
        this.env = Env.create(ByteBufferProxy.PROXY_OPTIMAL)
                .setMapSize(MIN_MAP + 4 * (shape.bytes() + (long) shape.keys() * PAGE_OVERHEAD))
                .setMaxReaders(MAX_READERS)
                .open(directory.toFile(), flags);
        this.database = env.openDbi((String) null, DbiFlags.MDB_CREATE);
    }

    @Override
    public Session newSession() {
        return new LmdbSession();
    }

    @Override
    public long keys() {
        try (Txn<ByteBuffer> reading = env.txnRead()) {
            return database.stat(reading).entries;
        }
    }

    @Override
    public void close() {
        env.close();
    }

    private final class LmdbSession implements Session {
        private ByteBuffer keyBuffer = ByteBuffer.allocateDirect(0);
        private ByteBuffer valueBuffer = ByteBuffer.allocateDirect(0);
        private final Txn<ByteBuffer> reader;

        LmdbSession() {
            this.reader = env.txnRead();
            reader.reset();
        }

        @Override
        public void put(byte[] key, byte[] value) {
            keyBuffer = fill(keyBuffer, key);
            valueBuffer = fill(valueBuffer, value);
            database.put(keyBuffer, valueBuffer);
        }

        @Override
        public int get(byte[] key, byte[] target) {
            keyBuffer = fill(keyBuffer, key);
            reader.renew();
            try {
                ByteBuffer found = database.get(reader, keyBuffer);
                if (found == null) {
                    return -1;
                }
                int length = found.remaining();
                found.get(target, 0, length);
                return length;
            } finally {
                reader.reset();
            }
        }

        @Override
        public void getAll(byte[][] keys, byte[][] targets) {
            reader.renew();
            try {
                for (int i = 0; i < keys.length; i++) {
                    keyBuffer = fill(keyBuffer, keys[i]);
                    database.get(reader, keyBuffer).get(targets[i]);
                }
            } finally {
                reader.reset();
            }
        }

        @Override
        public void putAll(byte[][] keys, byte[][] values) {
            try (Txn<ByteBuffer> writing = env.txnWrite()) {
                for (int i = 0; i < keys.length; i++) {
                    keyBuffer = fill(keyBuffer, keys[i]);
                    valueBuffer = fill(valueBuffer, values[i]);
                    database.put(writing, keyBuffer, valueBuffer);
                }
                writing.commit();
            }
        }

        @Override
        public void delete(byte[] key) {
            keyBuffer = fill(keyBuffer, key);
            database.delete(keyBuffer);
        }

        @Override
        public void close() {
            reader.close();
        }

        private static ByteBuffer fill(ByteBuffer buffer, byte[] bytes) {
            ByteBuffer filled = buffer.capacity() >= bytes.length ? buffer : ByteBuffer.allocateDirect(bytes.length);
            return filled.clear().put(bytes).flip();
        }
    }
}
