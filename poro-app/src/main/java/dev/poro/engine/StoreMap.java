package dev.poro.engine;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A store as a map. Each method is one event or none, but for those that take a function: they read, compute, and
 * change the entry if it is still as it was read, or begin again; so a function may be called several times. Values are
 * compared by their bytes. Iterators are those of {@link EntryCursor}.
 */
final class StoreMap<K, V> extends AbstractMap<K, V> implements ConcurrentMap<K, V> {
    private final Poro poro;
    private final Codec<K> keys;
    private final Codec<V> values;

    StoreMap(Poro poro, Codec<K> keys, Codec<V> values) {
        this.poro = poro;
        this.keys = Objects.requireNonNull(keys, "keys");
        this.values = Objects.requireNonNull(values, "values");
    }

    private byte[] encodeKey(K key) {
        return keys.encode(Objects.requireNonNull(key, "key"));
    }

    private byte[] encodeValue(V value) {
        return values.encode(Objects.requireNonNull(value, "value"));
    }

    /** The bytes of what may be a key, or {@code null}. */
    private byte[] bytesOfKey(Object key) {
        Objects.requireNonNull(key, "key");
        return keys.type().isInstance(key) ? keys.encode(keys.type().cast(key)) : null;
    }

    private byte[] bytesOfValue(Object value) {
        return values.type().isInstance(value) ? values.encode(values.type().cast(value)) : null;
    }

    private V decode(byte[] value) {
        return value == null ? null : values.decode(value);
    }

    @Override
    public V get(Object key) {
        byte[] bytes = bytesOfKey(key);
        return bytes == null ? null : decode(poro.get(bytes));
    }

    @Override
    public boolean containsKey(Object key) {
        byte[] bytes = bytesOfKey(key);
        return bytes != null && poro.contains(bytes);
    }

    @Override
    public V put(K key, V value) {
        return decode(poro.getAndSet(encodeKey(key), encodeValue(value)));
    }

    @Override
    public V remove(Object key) {
        byte[] bytes = bytesOfKey(key);
        return bytes == null ? null : decode(poro.getAndDelete(bytes));
    }

    @Override
    public V putIfAbsent(K key, V value) {
        byte[] keyBytes = encodeKey(key);
        byte[] valueBytes = encodeValue(value);
        while (true) {
            if (poro.setIfAbsent(keyBytes, valueBytes)) {
                return null;
            }
            byte[] there = poro.get(keyBytes);
            if (there != null) {
                return values.decode(there);
            }
        }
    }

    @Override
    public boolean remove(Object key, Object value) {
        byte[] keyBytes = bytesOfKey(key);
        byte[] valueBytes = bytesOfValue(value);
        if (keyBytes == null || valueBytes == null) {
            return false;
        }
        while (true) {
            dev.poro.engine.Entry entry = poro.entry(keyBytes);
            if (entry == null || !Arrays.equals(entry.value(), valueBytes)) {
                return false;
            }
            if (poro.delete(keyBytes, entry.sequence())) {
                return true;
            }
        }
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        byte[] keyBytes = encodeKey(key);
        byte[] oldBytes = encodeValue(oldValue);
        byte[] newBytes = encodeValue(newValue);
        while (true) {
            dev.poro.engine.Entry entry = poro.entry(keyBytes);
            if (entry == null || !Arrays.equals(entry.value(), oldBytes)) {
                return false;
            }
            if (poro.replace(keyBytes, entry.sequence(), newBytes)) {
                return true;
            }
        }
    }

    @Override
    public V replace(K key, V value) {
        byte[] keyBytes = encodeKey(key);
        byte[] valueBytes = encodeValue(value);
        while (true) {
            dev.poro.engine.Entry entry = poro.entry(keyBytes);
            if (entry == null) {
                return null;
            }
            if (poro.replace(keyBytes, entry.sequence(), valueBytes)) {
                return values.decode(entry.value());
            }
        }
    }

    @Override
    public V compute(K key, BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function, "function");
        byte[] keyBytes = encodeKey(key);
        while (true) {
            dev.poro.engine.Entry entry = poro.entry(keyBytes);
            V changed = function.apply(key, entry == null ? null : values.decode(entry.value()));
            if (put(keyBytes, entry, changed)) {
                return changed;
            }
        }
    }

    /** Has the key hold this value, or none if it is {@code null}; {@code false} if the entry is no longer this one. */
    private boolean put(byte[] key, dev.poro.engine.Entry entry, V value) {
        if (value == null) {
            return entry == null || poro.delete(key, entry.sequence());
        }
        return poro.replace(key, entry == null ? dev.poro.engine.Entry.ABSENT : entry.sequence(), values.encode(value));
    }

    @Override
    public V computeIfAbsent(K key, Function<? super K, ? extends V> function) {
        Objects.requireNonNull(function, "function");
        V there = get(key);
        if (there != null) {
            return there;
        }
        V made = function.apply(key);
        if (made == null) {
            return null;
        }
        V other = putIfAbsent(key, made);
        return other == null ? made : other;
    }

    @Override
    public V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function, "function");
        byte[] keyBytes = encodeKey(key);
        while (true) {
            dev.poro.engine.Entry entry = poro.entry(keyBytes);
            if (entry == null) {
                return null;
            }
            V changed = function.apply(key, values.decode(entry.value()));
            if (put(keyBytes, entry, changed)) {
                return changed;
            }
        }
    }

    @Override
    public V merge(K key, V value, BiFunction<? super V, ? super V, ? extends V> function) {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(function, "function");
        return compute(key, (sameKey, old) -> old == null ? value : function.apply(old, value));
    }

    @Override
    public void clear() {
        poro.clear();
    }

    @Override
    public int size() {
        return (int) Math.min(poro.keys(), Integer.MAX_VALUE);
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<K, V>> iterator() {
                return new Entries();
            }

            @Override
            public int size() {
                return StoreMap.this.size();
            }

            @Override
            public void clear() {
                StoreMap.this.clear();
            }
        };
    }

    /** Looks one entry ahead. */
    private final class Entries implements Iterator<Map.Entry<K, V>> {
        private final EntryCursor cursor = poro.scan().open();
        private Map.Entry<K, V> next = ahead();
        private K last;

        private Map.Entry<K, V> ahead() {
            return cursor.next()
                    ? new Written(
                            keys.decode(cursor.key()),
                            values.decode(cursor.entry().value()))
                    : null;
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Map.Entry<K, V> next() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            Map.Entry<K, V> current = next;
            last = current.getKey();
            next = ahead();
            return current;
        }

        @Override
        public void remove() {
            if (last == null) {
                throw new IllegalStateException("there is no entry to remove");
            }
            StoreMap.this.remove(last);
            last = null;
        }
    }

    /** An entry whose new value goes into the store. */
    private final class Written extends SimpleEntry<K, V> {
        private static final long serialVersionUID = 1L;

        Written(K key, V value) {
            super(key, value);
        }

        @Override
        public V setValue(V value) {
            put(getKey(), value);
            return super.setValue(value);
        }
    }
}
