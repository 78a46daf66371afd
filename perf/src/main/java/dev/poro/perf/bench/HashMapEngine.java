package dev.poro.perf.bench;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;

/** The lower bound: a {@link ConcurrentHashMap} on the heap, which loses everything with its process. */
public final class HashMapEngine implements Engine {
    private final ConcurrentHashMap<ByteBuffer, byte[]> map;

    public HashMapEngine(Path directory, EngineSettings settings) {
        this.map = new ConcurrentHashMap<>(settings.shape().keys() * 2);
    }

    @Override
    public Session newSession() {
        return new MapSession(map);
    }

    @Override
    public long keys() {
        return map.mappingCount();
    }

    @Override
    public void close() {
        map.clear();
    }

    private static final class MapSession implements Session {
        private final ConcurrentHashMap<ByteBuffer, byte[]> map;

        MapSession(ConcurrentHashMap<ByteBuffer, byte[]> map) {
            this.map = map;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            map.put(ByteBuffer.wrap(key.clone()), value.clone());
        }

        @Override
        public int get(byte[] key, byte[] target) {
            byte[] value = map.get(ByteBuffer.wrap(key));
            if (value == null) {
                return -1;
            }
            System.arraycopy(value, 0, target, 0, value.length);
            return value.length;
        }

        @Override
        public void delete(byte[] key) {
            map.remove(ByteBuffer.wrap(key));
        }
    }
}
