package dev.poro.perf.bench;

/**
 * A key-value store, open in a directory; each implementation has a public constructor {@code (Path directory,
 * EngineSettings settings)} that opens what is there or creates it. Thread-safe.
 */
public interface Engine extends AutoCloseable {
    /** What one thread works with; made by that thread. */
    Session newSession();

    /** The number of live keys. */
    long keys();

    /** Checks what only this engine can check of itself, after its last session; throws if something is wrong. */
    default void verify() {}

    @Override
    void close();

    /**
     * One thread's access to the store, in the way that the engine's documentation recommends for speed. Arrays are the
     * caller's and change after the call.
     */
    interface Session extends AutoCloseable {
        /** Stores a value. When it returns, the value has the durability that was asked for. */
        void put(byte[] key, byte[] value);

        /** Copies a value into {@code target}, which is long enough, and returns its length; -1 if there is none. */
        int get(byte[] key, byte[] target);

        /** Removes a key. */
        void delete(byte[] key);

        /** Stores a value without waiting, where the engine can do that. */
        default void putAsync(byte[] key, byte[] value) {
            put(key, value);
        }

        /**
         * Copies the values of several keys into {@code targets}, each of which has the length of its value; by one
         * call where the engine has one. Throws if a key is absent.
         */
        default void getAll(byte[][] keys, byte[][] targets) {
            for (int i = 0; i < keys.length; i++) {
                if (get(keys[i], targets[i]) != targets[i].length) {
                    throw new IllegalStateException("a key is absent, or its value has another length");
                }
            }
        }

        /** Stores several values, of different keys; by one call and atomically where the engine can do that. */
        default void putAll(byte[][] keys, byte[][] values) {
            for (int i = 0; i < keys.length; i++) {
                put(keys[i], values[i]);
            }
        }

        /** Stores several values that are handed over together, each on its own, where the engine can do that. */
        default void pipeline(byte[][] keys, byte[][] values) {
            putAll(keys, values);
        }

        /** Waits for what {@link #putAsync} began. */
        default void drain() {}

        @Override
        default void close() {}
    }
}
