package dev.poro.command;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** Keys that must not change, each with the version that it had. Not thread-safe. */
public final class WatchedKeys {
    private final Map<ByteBuffer, Long> versions = new LinkedHashMap<>();

    WatchedKeys() {}

    /** Remembers the version, unless the key is watched already. */
    void add(byte[] key, long version) {
        versions.putIfAbsent(ByteBuffer.wrap(key), version);
    }

    int size() {
        return versions.size();
    }

    void forEach(BiConsumer<byte[], Long> action) {
        versions.forEach((key, version) -> action.accept(bytesOf(key), version));
    }

    /** Whether one of them has another version now. */
    boolean haveChanged(CommandStore store) {
        return versions.entrySet().stream().anyMatch(each -> store.version(bytesOf(each.getKey())) != each.getValue());
    }

    private static byte[] bytesOf(ByteBuffer key) {
        byte[] bytes = new byte[key.remaining()];
        key.duplicate().get(bytes);
        return bytes;
    }
}
