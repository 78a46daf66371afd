package dev.poro.command;

import dev.poro.engine.Batch;
import dev.poro.engine.BatchOutcome;
import dev.poro.engine.Entry;
import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.Poro;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SetIf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A transaction's view of a store: what it has read, with its own changes on top. {@link #commit} publishes the
 * changes as one batch, on condition that everything that was read is still the same. A key that was set without being
 * read adds no condition. A view that has read all keys is only exact while changes are held. Time stands still in the
 * view. Not thread-safe; used once.
 */
final class Overlay extends ForwardingStore {
    private static final long NO_STAMP = -1;

    private final OpenStore store;
    private final long sequenceBefore;
    private final long now;
    private final Map<ByteBuffer, OverlayKey> keys = new LinkedHashMap<>();
    private boolean isCleared;
    private boolean hasReadAllKeys;

    private final ToldEvents told;

    /** What became of a transaction. */
    enum Result {
        /** It happened. */
        COMMITTED,
        /** A watched key has changed; nothing happened. */
        CONDITION_UNMET,
        /** Something that it read has changed; nothing happened. */
        LOST
    }

    Overlay(OpenStore store) {
        super(store);
        this.store = store;
        this.sequenceBefore = store.poro().sequence();
        this.now = store.now();
        this.told = new ToldEvents(store.poro().keyEvents());
    }

    /** The changes happen only if no event has come into the log since this was made, whatever it has changed. */
    void requireNothingElse() {
        hasReadAllKeys = true;
    }

    /** Whether it depends on every key of the store. */
    boolean hasReadAllKeys() {
        return hasReadAllKeys;
    }

    Result commit(WatchedKeys conditions) {
        List<OverlayKey> changed =
                keys.values().stream().filter(OverlayKey::hasChanged).toList();
        if (changed.isEmpty() && !isCleared && !told.isWanted()) {
            return validate(conditions);
        }
        boolean isOneChange = changed.size() == 1 && keys.size() == 1 && conditions.size() == 0 && told.isEmpty();
        if (isOneChange && !isCleared && !hasReadAllKeys) {
            OverlayKey only = changed.get(0);
            if (only.hasOnlyNewValue() && !only.isSpliced()) {
                boolean isDone = store.poro().replace(only.key(), only.sequence(), only.value());
                return isDone ? Result.COMMITTED : Result.LOST;
            }
        }
        return publish(changed, conditions);
    }

    /** Nothing is to be published: what was read was so at one moment if it has not changed since it was read. */
    private Result validate(WatchedKeys conditions) {
        if (conditions.size() + keys.size() > 1) {
            for (OverlayKey key : keys.values()) {
                if (key.wasRead() && !isUnchanged(key)) {
                    return Result.LOST;
                }
            }
            return conditions.haveChanged() ? Result.CONDITION_UNMET : Result.COMMITTED;
        }
        return Result.COMMITTED;
    }

    /**
     * A key that was absent and is absent again may have been there in between, for example between two renames: then
     * there may be no moment at which all keys were as they were read. So for absent keys the stamp decides.
     */
    private boolean isUnchanged(OverlayKey key) {
        if (key.sequence() != Entry.ABSENT) {
            return store.version(key.key()) == key.sequence();
        }
        return key.stamp() >= 0 && store.poro().stamp(key.key()) == key.stamp();
    }

    private Result publish(List<OverlayKey> changed, WatchedKeys conditions) {
        Batch batch = store.poro().batch();
        conditions.addTo(batch);
        if (hasReadAllKeys) {
            batch.requireNothingAfter(sequenceBefore);
        } else {
            keys.values().stream().filter(OverlayKey::wasRead).forEach(key -> batch.require(key.key(), key.sequence()));
        }
        if (isCleared) {
            batch.clear();
        }
        changed.forEach(key -> key.addTo(batch));
        told.addTo(batch);
        BatchOutcome outcome = batch.commit();
        if (outcome.committed()) {
            return Result.COMMITTED;
        }
        boolean isCondition = outcome.unmet() >= 0 && outcome.unmet() < conditions.size();
        return isCondition ? Result.CONDITION_UNMET : Result.LOST;
    }

    private OverlayKey read(byte[] key) {
        return keys.computeIfAbsent(ByteBuffer.wrap(key), any -> isCleared ? new OverlayKey(key) : readFromStore(key));
    }

    private OverlayKey readFromStore(byte[] key) {
        Entry entry = store.poro().entry(key);
        if (entry != null) {
            return new OverlayKey(key, entry, NO_STAMP);
        }
        long stamp = store.poro().stamp(key);
        return new OverlayKey(key, store.poro().entry(key), stamp);
    }

    /** The key, which will be overwritten. Whether it is new is not known if it was not read. */
    private OverlayKey unread(byte[] key) {
        if (told.wants("new")) {
            return read(key);
        }
        return keys.computeIfAbsent(ByteBuffer.wrap(key), any -> new OverlayKey(key));
    }

    @Override
    public byte[] get(byte[] key) {
        return read(key).value();
    }

    @Override
    public int length(byte[] key) {
        byte[] value = get(key);
        return value == null ? -1 : value.length;
    }

    @Override
    public Item item(byte[] key) {
        OverlayKey found = read(key);
        return found.isAbsent() ? null : new Item(found.value(), found.expiry());
    }

    /** Before the changes. */
    @Override
    public long version(byte[] key) {
        return read(key).sequence();
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public long keys() {
        hasReadAllKeys = true;
        long count = isCleared ? 0 : store.keys();
        for (OverlayKey key : keys.values()) {
            boolean isInStore = !isCleared && store.contains(key.key());
            count += (key.isPresent() ? 1 : 0) - (isInStore ? 1 : 0);
        }
        return count;
    }

    /** The pages of the store without the removed keys; the new keys are on the last. */
    @Override
    public ScanPage scan(long cursor, int about) {
        hasReadAllKeys = true;
        ScanPage page = isCleared ? new ScanPage(0, List.of()) : store.scan(cursor, about);
        List<byte[]> found = new ArrayList<>();
        page.keys().stream().filter(key -> !isRemoved(key)).forEach(found::add);
        if (page.next() == 0) {
            keys.values().stream().filter(this::isNew).map(OverlayKey::key).forEach(found::add);
        }
        return new ScanPage(page.next(), found);
    }

    private boolean isRemoved(byte[] key) {
        OverlayKey own = keys.get(ByteBuffer.wrap(key));
        return own != null && own.isAbsent();
    }

    private boolean isNew(OverlayKey key) {
        return key.isPresent() && (isCleared || !store.contains(key.key()));
    }

    @Override
    public void set(byte[] key, byte[] value) {
        requireLengths(key, value.length);
        put(unread(key), value, Expiry.NONE);
    }

    private void put(OverlayKey key, byte[] value, Expiry expiry) {
        boolean isNew = key.isAbsent();
        key.set(value, expiry, now);
        told.set(key, isNew, expiry);
    }

    @Override
    public boolean set(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        if (condition == SetIf.ALWAYS && expiry.kind() != Expiry.Kind.KEEP) {
            requireLengths(key, value.length);
            put(unread(key), value, expiry);
            return true;
        }
        boolean isPresent = read(key).isPresent();
        getAndSet(key, value, expiry, condition);
        return condition == SetIf.ALWAYS || isPresent == (condition == SetIf.PRESENT);
    }

    @Override
    public byte[] getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        requireLengths(key, value.length);
        OverlayKey found = read(key);
        byte[] before = found.value();
        if (condition == SetIf.ALWAYS || found.isPresent() == (condition == SetIf.PRESENT)) {
            put(found, value, expiry);
        }
        return before;
    }

    @Override
    public boolean delete(byte[] key) {
        return getAndDelete(key) != null;
    }

    @Override
    public byte[] getAndDelete(byte[] key) {
        OverlayKey found = read(key);
        byte[] before = found.value();
        if (found.isPresent()) {
            found.remove();
            told.add("del", key);
        }
        return before;
    }

    @Override
    public long add(byte[] key, long delta) {
        requireLengths(key, 0);
        OverlayKey found = read(key);
        long before = found.isAbsent() ? 0 : Arguments.integer(found.value());
        long sum = before + delta;
        if (((before ^ sum) & (delta ^ sum)) < 0) {
            throw new CommandException(CommandException.OVERFLOW);
        }
        told.changed("incrby", found);
        found.set(Long.toString(sum).getBytes(StandardCharsets.US_ASCII), Expiry.KEEP, now);
        return sum;
    }

    @Override
    public long append(byte[] key, byte[] bytes) {
        OverlayKey found = read(key);
        return splice("append", found, found.isAbsent() ? 0 : found.value().length, bytes);
    }

    @Override
    public long overwrite(byte[] key, int offset, byte[] bytes) {
        return splice("setrange", read(key), offset, bytes);
    }

    /** Nothing happens without bytes. */
    private long splice(String event, OverlayKey found, int offset, byte[] bytes) {
        int length = found.isAbsent() ? 0 : found.value().length;
        if (bytes.length == 0) {
            return length;
        }
        long newLength = Math.max(length, (long) offset + bytes.length);
        requireLengths(found.key(), newLength);
        byte[] spliced = found.isAbsent() ? new byte[(int) newLength] : Arrays.copyOf(found.value(), (int) newLength);
        System.arraycopy(bytes, 0, spliced, offset, bytes.length);
        told.changed(event, found);
        found.splice(spliced, offset, bytes, now);
        return newLength;
    }

    @Override
    public boolean expire(byte[] key, Expiry expiry, ExpireIf condition) {
        OverlayKey found = read(key);
        if (found.isAbsent() || !isMet(condition, found.expiry(), expiry)) {
            return false;
        }
        found.expire(expiry, now);
        boolean isPersisted = expiry.kind() == Expiry.Kind.NONE;
        told.add(found.isAbsent() ? "del" : isPersisted ? "persist" : "expire", key);
        return true;
    }

    private boolean isMet(ExpireIf condition, long before, Expiry expiry) {
        long after = expiry.kind() == Expiry.Kind.AFTER ? now + expiry.millis() : expiry.millis();
        switch (condition) {
            case NONE:
                return before == Item.NEVER;
            case SOME:
                return before != Item.NEVER;
            case LATER:
                return after > before;
            case EARLIER:
                return after < before;
            default:
                return true;
        }
    }

    @Override
    public void quietly(Runnable changes) {
        told.quietly(changes);
    }

    @Override
    public void tell(String event, byte[] key) {
        told.add(event, key);
    }

    @Override
    public void clear() {
        isCleared = true;
        keys.values().forEach(OverlayKey::clear);
    }

    private void requireLengths(byte[] key, long valueLength) {
        if (valueLength > maxValueLength()) {
            throw new CommandException(CommandException.TOO_LONG);
        }
        if (key.length > Poro.MAX_KEY_LENGTH) {
            throw new CommandException("key of " + key.length + " bytes: the limit is " + Poro.MAX_KEY_LENGTH);
        }
    }

    /** It is part of this one. */
    @Override
    public <T> T atomically(WatchedKeys conditions, Work<T> work) throws IOException {
        return work.run(this);
    }

    @Override
    public void watch(byte[] key, WatchedKeys watched) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean beginSnapshot() {
        throw new UnsupportedOperationException();
    }

    /** A transaction does not wait. */
    @Override
    public boolean awaitDurable(long millis) {
        return store.awaitDurable(NO_WAIT);
    }

    @Override
    public CommandStore withToken(long client, long number) {
        throw new UnsupportedOperationException("no token here");
    }
}
