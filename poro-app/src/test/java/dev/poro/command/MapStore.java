package dev.poro.command;

import dev.poro.engine.Progress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The simplest store that commands can act on. */
final class MapStore implements CommandStore {
    private final Map<ByteBuffer, byte[]> entries = new HashMap<>();
    private final boolean readOnly;
    private long changes;

    MapStore(boolean readOnly) {
        this.readOnly = readOnly;
    }

    @Override
    public byte[] get(byte[] key) {
        return entries.get(ByteBuffer.wrap(key));
    }

    @Override
    public void set(byte[] key, byte[] value) {
        entries.put(ByteBuffer.wrap(key), value);
        changes++;
    }

    @Override
    public boolean delete(byte[] key) {
        changes++;
        return entries.remove(ByteBuffer.wrap(key)) != null;
    }

    @Override
    public long snapshot() {
        return changes;
    }

    @Override
    public long backup(Path directory, Progress progress) {
        return changes;
    }

    @Override
    public String info() {
        return "keys " + entries.size() + "\nchanges " + changes;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public int maxValueLength() {
        return 1;
    }
}
