package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;

/**
 * A storage of which nothing can be changed. Subclasses say what files it has, and pass on to another storage what is
 * not about files. As thread-safe as that storage.
 */
public abstract class ReadOnlyStorage extends ForwardingStorage {
    /** @param storage the other one, for the clocks and whatever a subclass does not change */
    protected ReadOnlyStorage(Storage storage) {
        super(storage);
    }

    @Override
    public final StorageFile create(String name) {
        throw readOnly();
    }

    @Override
    public final StorageFile open(String name) {
        throw readOnly();
    }

    @Override
    public final void rename(String from, String to) {
        throw readOnly();
    }

    @Override
    public final void replace(String from, String to) {
        throw readOnly();
    }

    @Override
    public final void delete(String name) {
        throw readOnly();
    }

    @Override
    public final void forceDirectory() {
        throw readOnly();
    }

    /** For the files of a subclass, too. */
    protected static UnsupportedOperationException readOnly() {
        return new UnsupportedOperationException("these files are only read");
    }
}
