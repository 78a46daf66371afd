package dev.poro.command;

import dev.poro.engine.PoroBuilder;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import java.nio.file.Path;

/** Read-only contents. */
record ReadOnlyContents(ReadOnlyStore contents) implements CommandStore {
    @Override
    public byte[] get(byte[] key) {
        return contents.get(key);
    }

    @Override
    public void set(byte[] key, byte[] value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean delete(byte[] key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long snapshot() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long backup(Path directory, Progress progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String info() {
        return StoreInfo.of(contents);
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public int maxValueLength() {
        return PoroBuilder.DEFAULT_MAX_VALUE_LENGTH;
    }
}
