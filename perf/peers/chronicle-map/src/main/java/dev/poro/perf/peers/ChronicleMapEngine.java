package dev.poro.perf.peers;

import dev.poro.perf.bench.Engine;
import dev.poro.perf.bench.EngineSettings;
import dev.poro.perf.bench.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import net.openhft.chronicle.map.ChronicleMap;

/** Chronicle Map in a file: memory shared with the operating system, which survives the process. */
public final class ChronicleMapEngine implements Engine {
    private final ChronicleMap<byte[], byte[]> map;

    /** Configured with one length for all keys and one for all values. */
    public ChronicleMapEngine(Path directory, EngineSettings settings) {
        Shape shape = settings.shape();
        try {
            this.map = ChronicleMap.of(byte[].class, byte[].class)
                    .name("bench")
                    .entries(shape.keys())
                    .constantKeySizeBySample(new byte[shape.keyLength()])
                    .constantValueSizeBySample(new byte[shape.valueLength()])
                    .putReturnsNull(true)
                    .removeReturnsNull(true)
                    .createPersistedTo(directory.resolve("map").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Session newSession() {
        return new MapSession(map);
    }

    @Override
    public long keys() {
        return map.longSize();
    }

    @Override
    public void close() {
        map.close();
    }

    private static final class MapSession implements Session {
        private final ChronicleMap<byte[], byte[]> map;

        MapSession(ChronicleMap<byte[], byte[]> map) {
            this.map = map;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            map.put(key, value);
        }

        @Override
        public int get(byte[] key, byte[] target) {
            byte[] value = map.getUsing(key, target);
            if (value == null) {
                return -1;
            }
            if (value != target) {
                System.arraycopy(value, 0, target, 0, value.length);
            }
            return value.length;
        }

        @Override
        public void delete(byte[] key) {
            map.remove(key);
        }
    }
}
