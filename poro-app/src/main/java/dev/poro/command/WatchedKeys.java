package dev.poro.command;

import dev.poro.engine.Batch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Keys that must not change, each with the version that it had. Not thread-safe. */
public final class WatchedKeys {
    private final Set<ByteBuffer> known = new HashSet<>();
    private final List<byte[]> keys = new ArrayList<>();

    /** Of the key at the same index. */
    private final List<Long> versions = new ArrayList<>();

    WatchedKeys() {}

    /** Remembers the version, unless the key is watched already. */
    void add(byte[] key, long version) {
        if (known.add(ByteBuffer.wrap(key))) {
            keys.add(key);
            versions.add(version);
        }
    }

    int size() {
        return keys.size();
    }

    void addTo(Batch batch) {
        for (int i = 0; i < size(); i++) {
            batch.require(keys.get(i), versions.get(i));
        }
    }

    /** Whether one of them has another version now. */
    boolean haveChanged(CommandStore store) {
        for (int i = 0; i < size(); i++) {
            if (store.version(keys.get(i)) != versions.get(i)) {
                return true;
            }
        }
        return false;
    }
}
