package dev.poro.command;

import dev.poro.engine.Entry;
import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SetIf;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** An open store. */
record OpenStore(Poro poro) implements CommandStore {
    private static final byte[] NOTHING = {};

    /** After so many lost races, a transaction waits before it is tried again. */
    private static final int RACES_WITHOUT_A_PAUSE = 3;

    private static final int MAX_PAUSE_NANOS = 1_000_000;
    private static final int PAUSE_NANOS = 10_000;

    /** A transaction that reads all keys loses against every change: at some point it fails. */
    private static final int MAX_RACES_OVER_ALL_KEYS = 1_000;

    @Override
    public byte[] get(byte[] key) {
        return poro.get(key);
    }

    @Override
    public int length(byte[] key) {
        return poro.get(key, NOTHING, 0);
    }

    @Override
    public Item item(byte[] key) {
        return Item.of(poro.entry(key));
    }

    @Override
    public long version(byte[] key) {
        Entry entry = poro.entry(key);
        return entry == null ? Entry.ABSENT : entry.sequence();
    }

    @Override
    public long now() {
        return poro.logTime().toEpochMilli();
    }

    @Override
    public long keys() {
        return poro.keys();
    }

    @Override
    public ScanPage scan(long cursor, int about) {
        return poro.scan(cursor, about);
    }

    @Override
    public void set(byte[] key, byte[] value) {
        poro.set(key, value);
    }

    @Override
    public boolean set(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        return poro.set(key, value, expiry, condition);
    }

    @Override
    public byte[] getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        return poro.getAndSet(key, value, expiry, condition);
    }

    @Override
    public boolean delete(byte[] key) {
        return poro.delete(key);
    }

    @Override
    public byte[] getAndDelete(byte[] key) {
        return poro.getAndDelete(key);
    }

    @Override
    public long add(byte[] key, long delta) {
        return poro.add(key, delta);
    }

    @Override
    public long append(byte[] key, byte[] bytes) {
        return poro.append(key, bytes);
    }

    @Override
    public long overwrite(byte[] key, int offset, byte[] bytes) {
        return poro.overwrite(key, offset, bytes);
    }

    @Override
    public boolean expire(byte[] key, Expiry expiry, ExpireIf condition) {
        return poro.expire(key, expiry, condition);
    }

    @Override
    public void clear() {
        poro.clear();
    }

    @Override
    public <T> T atomically(WatchedKeys conditions, Work<T> work) throws IOException {
        for (int races = 0; ; races++) {
            Overlay view = new Overlay(this);
            if (conditions.haveChanged(this)) {
                return null;
            }
            T result = work.run(view);
            switch (view.commit(conditions)) {
                case COMMITTED:
                    return result;
                case CONDITION_UNMET:
                    return null;
                case LOST:
                    pauseAfter(races, view);
            }
        }
    }

    private static void pauseAfter(int races, Overlay view) {
        if (view.hasReadAllKeys() && races == MAX_RACES_OVER_ALL_KEYS) {
            throw new CommandException("the store changes all the time, and the transaction reads all of its keys;"
                    + " nothing was changed. Try again, or leave out KEYS, SCAN, DBSIZE and RANDOMKEY");
        }
        if (races >= RACES_WITHOUT_A_PAUSE) {
            int longest = Math.min(MAX_PAUSE_NANOS, races * PAUSE_NANOS);
            LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(longest));
        }
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
