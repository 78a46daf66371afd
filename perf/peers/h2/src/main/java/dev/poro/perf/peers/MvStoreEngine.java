package dev.poro.perf.peers;

import dev.poro.perf.bench.Durability;
import dev.poro.perf.bench.Engine;
import dev.poro.perf.bench.EngineSettings;
import java.nio.file.Path;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;

/**
 * H2's MVStore. Under {@link Durability#OS} it saves in the background once a second, and what is not saved yet is lost
 * with the process; under {@link Durability#ALWAYS} every write is committed and synchronised.
 */
public final class MvStoreEngine implements Engine {
    private static final int MIN_CACHE_MIB = 64;

    private final boolean always;
    private final MVStore store;
    private final MVMap<byte[], byte[]> map;

    /** With a cache as large as the data. */
    public MvStoreEngine(Path directory, EngineSettings settings) {
        this.always = settings.durability() == Durability.ALWAYS;
        this.store = new MVStore.Builder()
                .fileName(directory.resolve("store").toString())
                .cacheSize((int) Math.max(MIN_CACHE_MIB, (2 * settings.shape().bytes()) >> 20))
                .open();
        this.map = store.openMap(
                "bench",
                new MVMap.Builder<byte[], byte[]>()
                        .keyType(ByteArrayDataType.INSTANCE)
                        .valueType(ByteArrayDataType.INSTANCE));
    }

    @Override
    public Session newSession() {
        return new MapSession();
    }

    @Override
    public long keys() {
        return map.sizeAsLong();
    }

    @Override
    public void close() {
        store.close();
    }

    private final class MapSession implements Session {
        @Override
        public void put(byte[] key, byte[] value) {
            map.put(key.clone(), value.clone());
            commit();
        }

        @Override
        public int get(byte[] key, byte[] target) {
            byte[] value = map.get(key);
            if (value == null) {
                return -1;
            }
            System.arraycopy(value, 0, target, 0, value.length);
            return value.length;
        }

        @Override
        public void delete(byte[] key) {
            map.remove(key);
            commit();
        }

        private void commit() {
            if (always) {
                store.commit();
                store.sync();
            }
        }
    }
}
