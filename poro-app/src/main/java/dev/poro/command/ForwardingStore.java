package dev.poro.command;

import dev.poro.engine.Change;
import dev.poro.engine.Progress;
import dev.poro.engine.ScanPage;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** A view of a store that passes on what it does not do in a way of its own: all but the changes of keys. */
abstract class ForwardingStore implements CommandStore {
    private final CommandStore store;

    ForwardingStore(CommandStore store) {
        this.store = store;
    }

    @Override
    public byte[] get(byte[] key) {
        return store.get(key);
    }

    @Override
    public int length(byte[] key) {
        return store.length(key);
    }

    @Override
    public Item item(byte[] key) {
        return store.item(key);
    }

    @Override
    public long version(byte[] key) {
        return store.version(key);
    }

    @Override
    public byte[] getAt(byte[] key, long sequence) {
        return store.getAt(key, sequence);
    }

    @Override
    public byte[] getAt(byte[] key, Instant time) {
        return store.getAt(key, time);
    }

    @Override
    public List<Change> history(byte[] key, int limit) {
        return store.history(key, limit);
    }

    @Override
    public int branch(long sequence) {
        return store.branch(sequence);
    }

    @Override
    public long now() {
        return store.now();
    }

    @Override
    public long keys() {
        return store.keys();
    }

    @Override
    public ScanPage scan(long cursor, int about) {
        return store.scan(cursor, about);
    }

    @Override
    public void watch(byte[] key, WatchedKeys watched) {
        store.watch(key, watched);
    }

    @Override
    public long snapshot() {
        return store.snapshot();
    }

    @Override
    public boolean beginSnapshot() {
        return store.beginSnapshot();
    }

    @Override
    public long lastSnapshotMillis() {
        return store.lastSnapshotMillis();
    }

    @Override
    public long durableSequence() {
        return store.durableSequence();
    }

    @Override
    public boolean awaitDurable(long millis) {
        return store.awaitDurable(millis);
    }

    @Override
    public long backup(Path directory, Progress progress) {
        return store.backup(directory, progress);
    }

    @Override
    public CommandStore withToken(long client, long number) {
        return store.withToken(client, number);
    }

    @Override
    public String info() {
        return store.info();
    }

    @Override
    public boolean isReadOnly() {
        return store.isReadOnly();
    }

    @Override
    public int maxValueLength() {
        return store.maxValueLength();
    }
}
