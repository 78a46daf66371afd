package dev.poro.engine;

/** The real store as a {@link Store}. */
final class PoroStore implements Store {
    private final Poro poro;

    PoroStore(Poro poro) {
        this.poro = poro;
    }

    @Override
    public void set(byte[] key, byte[] value) {
        poro.set(key, value);
    }

    @Override
    public byte[] get(byte[] key) {
        return poro.get(key);
    }

    @Override
    public boolean delete(byte[] key) {
        return poro.delete(key);
    }

    @Override
    public long keys() {
        return poro.keys();
    }

    @Override
    public void close() {
        poro.close();
    }
}
