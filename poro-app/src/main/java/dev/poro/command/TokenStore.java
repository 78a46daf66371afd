package dev.poro.command;

import dev.poro.engine.Batch;
import dev.poro.engine.Change;
import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.Progress;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SetIf;
import dev.poro.engine.TokenChanges;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * An open store for one command whose change carries a token. The command's reply must follow from the outcome that is
 * remembered, so that it is the same if the command is sent again: what reads a value first, or replies with one, is
 * refused.
 */
final class TokenStore implements CommandStore {
    private static final String REFUSED = "PORO.TOKEN does not go with this command: its reply could not be repeated";

    private final CommandStore store;
    private final TokenChanges changes;

    TokenStore(CommandStore store, TokenChanges changes) {
        this.store = store;
        this.changes = changes;
    }

    @Override
    public void set(byte[] key, byte[] value) {
        changes.set(key, value);
    }

    @Override
    public boolean set(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        return changes.set(key, value, expiry, condition);
    }

    /** Of a key that comes twice, the last value counts. */
    @Override
    public void setAll(List<byte[]> pairs) {
        Batch batch = changes.batch();
        List<byte[]> kept = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (int i = pairs.size() - 2; i >= 0; i -= 2) {
            if (keys.add(Names.exact(pairs.get(i)))) {
                kept.add(pairs.get(i + 1));
                kept.add(pairs.get(i));
            }
        }
        for (int i = kept.size() - 1; i > 0; i -= 2) {
            batch.set(kept.get(i), kept.get(i - 1));
        }
        batch.commit();
    }

    @Override
    public byte[] getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        throw new CommandException(REFUSED);
    }

    @Override
    public boolean delete(byte[] key) {
        return changes.delete(key);
    }

    @Override
    public byte[] getAndDelete(byte[] key) {
        throw new CommandException(REFUSED);
    }

    @Override
    public long add(byte[] key, long delta) {
        return changes.add(key, delta);
    }

    @Override
    public long append(byte[] key, byte[] bytes) {
        return changes.append(key, bytes);
    }

    @Override
    public long overwrite(byte[] key, int offset, byte[] bytes) {
        return changes.overwrite(key, offset, bytes);
    }

    @Override
    public boolean expire(byte[] key, Expiry expiry, ExpireIf condition) {
        return changes.expire(key, expiry, condition);
    }

    @Override
    public void clear() {
        changes.batch().clear().commit();
    }

    @Override
    public <T> T atomically(WatchedKeys conditions, Work<T> work) throws IOException {
        throw new CommandException(REFUSED);
    }

    @Override
    public CommandStore withToken(long client, long number) {
        return store.withToken(client, number);
    }

    @Override
    public byte[] get(byte[] key) {
        return store.get(key);
    }

    /** What a command replies that has nothing to write. */
    @Override
    public int length(byte[] key) {
        throw new CommandException(REFUSED);
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
