package dev.poro.engine;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** The obvious implementation: the model that the real one is compared with. */
final class NaiveStore implements Store {
    private final Map<ByteBuffer, byte[]> entries = new HashMap<>();

    @Override
    public void set(byte[] key, byte[] value) {
        entries.put(ByteBuffer.wrap(key.clone()), value.clone());
    }

    @Override
    public byte[] get(byte[] key) {
        byte[] value = entries.get(ByteBuffer.wrap(key));
        return value == null ? null : value.clone();
    }

    @Override
    public boolean delete(byte[] key) {
        return entries.remove(ByteBuffer.wrap(key)) != null;
    }

    @Override
    public long keys() {
        return entries.size();
    }

    Map<ByteBuffer, byte[]> entries() {
        return entries;
    }

    @Override
    public void close() {}
}
