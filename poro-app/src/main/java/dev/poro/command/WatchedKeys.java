package dev.poro.command;

import dev.poro.engine.Batch;
import dev.poro.engine.KeyWatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Keys that must not change. Not thread-safe. */
public final class WatchedKeys {
    private final Set<ByteBuffer> known = new HashSet<>();
    private final List<byte[]> keys = new ArrayList<>();

    /** Of the key at the same index. */
    private final List<KeyWatch> watches = new ArrayList<>();

    WatchedKeys() {}

    /** Watches the key from now on, unless it is watched already. */
    void add(byte[] key, Function<byte[], KeyWatch> watch) {
        if (known.add(ByteBuffer.wrap(key))) {
            keys.add(key);
            watches.add(watch.apply(key));
        }
    }

    int size() {
        return keys.size();
    }

    /** Whether {@link #addTo} requires everything that {@link #haveChanged} looks at. */
    boolean areVersionsEnough() {
        return watches.stream().allMatch(KeyWatch::isVersionEnough);
    }

    void addTo(Batch batch) {
        for (int i = 0; i < size(); i++) {
            batch.require(keys.get(i), watches.get(i).sequence());
        }
    }

    /** Whether one of them has changed. */
    boolean haveChanged() {
        return watches.stream().anyMatch(KeyWatch::hasChanged);
    }
}
