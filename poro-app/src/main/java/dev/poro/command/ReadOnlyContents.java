package dev.poro.command;

import dev.poro.engine.Change;
import dev.poro.engine.Entry;
import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.PoroBuilder;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SetIf;
import dev.poro.engine.SnapshotReport;
import dev.poro.engine.tools.LogHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Read-only contents. They never change, so what is done step by step is one step. */
record ReadOnlyContents(ReadOnlyStore contents) implements CommandStore {
    private static final byte[] NOTHING = {};

    @Override
    public byte[] get(byte[] key) {
        return contents.get(key);
    }

    @Override
    public int length(byte[] key) {
        return contents.get(key, NOTHING, 0);
    }

    @Override
    public Item item(byte[] key) {
        return Item.of(contents.entry(key));
    }

    @Override
    public byte[] getAt(byte[] key, long sequence) {
        try (ReadOnlyStore then = ReadOnlyStore.openAt(contents.path(), sequence, Progress.NONE)) {
            return then.get(key);
        }
    }

    @Override
    public byte[] getAt(byte[] key, Instant time) {
        try (ReadOnlyStore then = ReadOnlyStore.openAt(contents.path(), time, Progress.NONE)) {
            return then.get(key);
        }
    }

    @Override
    public List<Change> history(byte[] key, int limit) {
        return LogHistory.of(contents.path(), Progress.NONE).history(key, limit).changes();
    }

    @Override
    public int branch(long sequence) {
        return 0;
    }

    @Override
    public long version(byte[] key) {
        Entry entry = contents.entry(key);
        return entry == null ? Entry.ABSENT : entry.sequence();
    }

    @Override
    public long now() {
        return contents.logTime().toEpochMilli();
    }

    @Override
    public long keys() {
        return contents.keys();
    }

    @Override
    public ScanPage scan(long cursor, int about) {
        return contents.scan(cursor, about);
    }

    @Override
    public <T> T atomically(WatchedKeys conditions, Work<T> work) throws IOException {
        return work.run(this);
    }

    /** It never changes. */
    @Override
    public void watch(byte[] key, WatchedKeys watched) {}

    @Override
    public long lastSnapshotMillis() {
        SnapshotReport used = contents.opening().snapshot();
        return used == null ? 0 : used.created().toEpochMilli();
    }

    /** What is known of a log that is only read is where it ends. */
    @Override
    public long durableSequence() {
        return contents.opening().lastSequence();
    }

    /** There are no changes. */
    @Override
    public boolean awaitDurable(long millis) {
        return true;
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

    @Override
    public void set(byte[] key, byte[] value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean set(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public byte[] getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean delete(byte[] key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public byte[] getAndDelete(byte[] key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long add(byte[] key, long delta) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long append(byte[] key, byte[] bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long overwrite(byte[] key, int offset, byte[] bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean expire(byte[] key, Expiry expiry, ExpireIf condition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void clear() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long snapshot() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean beginSnapshot() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long backup(Path directory, Progress progress) {
        throw new UnsupportedOperationException();
    }
}
