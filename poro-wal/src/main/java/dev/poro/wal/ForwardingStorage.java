package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.util.List;

/** Passes every call on to another storage; subclasses change some of them. As thread-safe as that storage. */
abstract class ForwardingStorage implements Storage {
    /** The other storage. */
    protected final Storage storage;

    ForwardingStorage(Storage storage) {
        this.storage = storage;
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
    public void replace(String from, String to) throws StorageException {
        storage.replace(from, to);
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
    public long currentTimeMillis() {
        return storage.currentTimeMillis();
    }

    @Override
    public long nanoTime() {
        return storage.nanoTime();
    }

    @Override
    public long suspendedNanos() {
        return storage.suspendedNanos();
    }

    @Override
    public long randomLong() {
        return storage.randomLong();
    }

    @Override
    public void pause() {
        storage.pause();
    }

    @Override
    public String describe(String name) {
        return storage.describe(name);
    }
}
