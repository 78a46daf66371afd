package dev.poro.command;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import java.nio.file.Path;

/** An open store. */
record OpenStore(Poro poro) implements CommandStore {
    @Override
    public byte[] get(byte[] key) {
        return poro.get(key);
    }

    @Override
    public void set(byte[] key, byte[] value) {
        poro.set(key, value);
    }

    @Override
    public boolean delete(byte[] key) {
        return poro.delete(key);
    }

    @Override
    public long snapshot() {
        return poro.snapshot();
    }

    @Override
    public long backup(Path directory, Progress progress) {
        return poro.backup(directory, progress).lastSequence();
    }

    @Override
    public String info() {
        return StoreInfo.of(poro, System.currentTimeMillis());
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public int maxValueLength() {
        return poro.maxValueLength();
    }
}
