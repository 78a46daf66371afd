package dev.poro.command;

import dev.poro.engine.Change;
import dev.poro.engine.ChangeHold;
import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SetIf;
import dev.poro.engine.SnapshotReport;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.tools.LogHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** An open store. */
record OpenStore(Poro poro) implements CommandStore {
    private static final byte[] NOTHING = {};
    private static final Duration FOREVER = Duration.ofMillis(Long.MAX_VALUE);

    /** After so many lost races, others wait. */
    private static final int MOST_RACES = 3;

    /** In a replica nobody can make the other replicas wait, so tries are bounded. */
    private static final int MOST_RACES_OF_REPLICA = 64;

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
    public byte[] getAt(byte[] key, long sequence) {
        return poro.getAt(key, sequence);
    }

    @Override
    public byte[] getAt(byte[] key, Instant time) {
        return poro.getAt(key, time);
    }

    @Override
    public List<Change> history(byte[] key, int limit) {
        return poro.keepsChanges()
                ? poro.history(key, limit)
                : LogHistory.of(poro.path(), Progress.NONE).history(key, limit).changes();
    }

    @Override
    public int branch(long sequence) {
        return poro.keepsChanges() ? poro.changes().branch(sequence) : 0;
    }

    @Override
    public long version(byte[] key) {
        return poro.sequenceOf(key);
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
    public CommandStore withToken(long client, long number) {
        return new TokenStore(this, poro.withToken(client, number));
    }

    @Override
    public void watch(byte[] key, WatchedKeys watched) {
        watched.add(key, poro::watch);
    }

    /**
     * Tries, and tries again if something that was read has changed meanwhile. Others wait meanwhile after a few lost
     * races; and at once if all keys are read, which every change would contradict, or if a watched key was absent, of
     * which no version in the log tells whether it came and went.
     */
    @Override
    @SuppressWarnings("try") // to be held is all that the resource is for
    public <T> T atomically(WatchedKeys conditions, Work<T> work) throws IOException {
        if (poro.isReplica()) {
            return atomicallyAmongReplicas(conditions, work);
        }
        for (int races = 0; races < MOST_RACES && conditions.areVersionsEnough(); races++) {
            if (conditions.haveChanged()) {
                return null;
            }
            Overlay view = new Overlay(this);
            T result = work.run(view);
            if (view.hasReadAllKeys()) {
                break;
            }
            switch (view.commit(conditions)) {
                case COMMITTED:
                    return result;
                case CONDITION_UNMET:
                    return null;
                case LOST:
                    break;
            }
        }
        try (ChangeHold hold = poro.holdChanges()) {
            return atomicallyAlone(conditions, work);
        }
    }

    /**
     * Other replicas change what was read at any time, so the conditions that go with the batch decide. Whether a key
     * came and went that was absent when the watch began, none of them says: then nothing at all may have happened
     * since the watch was looked at. After a few lost races the threads of this process wait.
     */
    @SuppressWarnings("try") // to be held is all that the resource is for
    private <T> T atomicallyAmongReplicas(WatchedKeys conditions, Work<T> work) throws IOException {
        for (int races = 0; races < MOST_RACES_OF_REPLICA; races++) {
            try (ChangeHold hold = races < MOST_RACES ? null : poro.holdChanges()) {
                Overlay view = new Overlay(this);
                if (conditions.haveChanged()) {
                    return null;
                }
                if (!conditions.areVersionsEnough()) {
                    view.requireNothingElse();
                }
                T result = work.run(view);
                Overlay.Result outcome = view.commit(conditions);
                if (outcome != Overlay.Result.LOST) {
                    return outcome == Overlay.Result.COMMITTED ? result : null;
                }
            }
        }
        if (conditions.size() > 0) {
            return null;
        }
        throw new CommandException("other nodes change what was read again and again; try again");
    }

    /** Nobody else changes anything, so only keys whose expiry is reached in this moment can make it lose. */
    private <T> T atomicallyAlone(WatchedKeys conditions, Work<T> work) throws IOException {
        while (!conditions.haveChanged()) {
            Overlay view = new Overlay(this);
            T result = work.run(view);
            Overlay.Result outcome = view.commit(conditions);
            if (outcome != Overlay.Result.LOST) {
                return outcome == Overlay.Result.COMMITTED ? result : null;
            }
        }
        return null;
    }

    @Override
    public long snapshot() {
        return poro.snapshot();
    }

    /** A failure is logged by the store, and shown by INFO. */
    @Override
    public boolean beginSnapshot() {
        if (poro.log().isSnapshotInProgress()) {
            return false;
        }
        Thread writer = new Thread(this::trySnapshot, "poro-bgsave");
        writer.setDaemon(true);
        writer.start();
        return true;
    }

    private void trySnapshot() {
        try {
            poro.snapshot();
        } catch (PoroException e) {
            // The store knows.
        }
    }

    @Override
    public long lastSnapshotMillis() {
        SnapshotReport newest = poro.log().newestSnapshot();
        return newest == null ? 0 : newest.created().toEpochMilli();
    }

    @Override
    public long durableSequence() {
        return poro.durableSequence();
    }

    @Override
    public boolean awaitDurable(long millis) {
        if (millis != NO_WAIT && poro.syncPolicy() == SyncPolicy.OS) {
            throw new CommandException("WAITAOF cannot be used when numlocal is set but the sync policy is 'os'");
        }
        return poro.awaitDurable(millis == 0 ? FOREVER : Duration.ofMillis(Math.max(0, millis)));
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
