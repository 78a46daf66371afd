package dev.poro.perf.peers;

import dev.poro.perf.bench.Durability;
import dev.poro.perf.bench.Engine;
import dev.poro.perf.bench.EngineSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB through JNI, with its write-ahead log, a Bloom filter, and a block cache as large as the data. */
public final class RocksDbEngine implements Engine {
    private static final long MIN_CACHE = 64L << 20;
    private static final int BLOOM_BITS = 10;

    static {
        RocksDB.loadLibrary();
    }

    private final Options options;
    private final WriteOptions writes;
    private final ReadOptions reads = new ReadOptions();
    private final RocksDB database;

    /** Forces its log with every write, or leaves that to the operating system. */
    public RocksDbEngine(Path directory, EngineSettings settings) {
        this.options = new Options()
                .setCreateIfMissing(true)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setFilterPolicy(new BloomFilter(BLOOM_BITS))
                        .setBlockCache(new LRUCache(
                                Math.max(MIN_CACHE, 2 * settings.shape().bytes()))));
        this.writes = new WriteOptions().setSync(settings.durability() == Durability.ALWAYS);
        try {
            this.database = RocksDB.open(options, directory.toString());
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Session newSession() {
        return new RocksDbSession();
    }

    @Override
    public long keys() {
        long keys = 0;
        try (RocksIterator iterator = database.newIterator(reads)) {
            for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                keys++;
            }
        }
        return keys;
    }

    @Override
    public void close() {
        database.close();
        reads.close();
        writes.close();
        options.close();
    }

    private final class RocksDbSession implements Session {
        @Override
        public void put(byte[] key, byte[] value) {
            try {
                database.put(writes, key, value);
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public int get(byte[] key, byte[] target) {
            try {
                int length = database.get(reads, key, target);
                return length == RocksDB.NOT_FOUND ? -1 : length;
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void getAll(byte[][] keys, byte[][] targets) {
            try {
                List<byte[]> values = database.multiGetAsList(reads, Arrays.asList(keys));
                for (int i = 0; i < targets.length; i++) {
                    System.arraycopy(values.get(i), 0, targets[i], 0, targets[i].length);
                }
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void putAll(byte[][] keys, byte[][] values) {
            try (WriteBatch batch = new WriteBatch()) {
                for (int i = 0; i < keys.length; i++) {
                    batch.put(keys[i], values[i]);
                }
                database.write(writes, batch);
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void delete(byte[] key) {
            try {
                database.delete(writes, key);
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
