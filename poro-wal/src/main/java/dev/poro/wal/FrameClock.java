package dev.poro.wal;

import java.util.List;

/** A storage on which the time is what its owner says: that of the frames that are written to it. */
final class FrameClock implements Storage {
    private final Storage storage;
    private volatile long millis;

    FrameClock(Storage storage) {
        this.storage = storage;
        this.millis = storage.currentTimeMillis();
    }

    void set(long timestamp) {
        millis = timestamp;
    }

    /** Goes on with the real time. */
    void reset() {
        millis = storage.currentTimeMillis();
    }

    @Override
    public long currentTimeMillis() {
        return millis;
    }

    @Override
    public long randomLong() {
        return storage.randomLong();
    }

    @Override
    public List<String> list() throws StorageException {
        return storage.list();
    }

    @Override
    public StorageFile create(String name) throws StorageException {
        return storage.create(name);
    }

    @Override
    public StorageFile open(String name) throws StorageException {
        return storage.open(name);
    }

    @Override
    public StorageFile openReadOnly(String name) throws StorageException {
        return storage.openReadOnly(name);
    }

    @Override
    public void rename(String from, String to) throws StorageException {
        storage.rename(from, to);
    }

    @Override
    public void delete(String name) throws StorageException {
        storage.delete(name);
    }

    @Override
    public void forceDirectory() throws StorageException {
        storage.forceDirectory();
    }

    @Override
    public boolean mapsSafely() throws StorageException {
        return storage.mapsSafely();
    }

    @Override
    public String describe(String name) {
        return storage.describe(name);
    }
}
