package dev.poro.engine;

/** What the contract of a store is about, so that a naive implementation can be held to it as well. */
interface Store extends AutoCloseable {
    void set(byte[] key, byte[] value);

    byte[] get(byte[] key);

    boolean delete(byte[] key);

    long keys();

    @Override
    void close();
}
