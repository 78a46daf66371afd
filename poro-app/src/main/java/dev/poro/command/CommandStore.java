package dev.poro.command;

import dev.poro.engine.Change;
import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.ScanPage;
import dev.poro.engine.SetIf;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/**
 * What commands act on: an open store, the contents of one at one moment, or the view that a transaction has of it.
 * Thread-safe, but for the view. Each method is one step for every other thread. The methods throw what the store
 * throws, usually a {@link dev.poro.engine.PoroException}; read-only contents throw {@link
 * UnsupportedOperationException} for changes.
 */
public interface CommandStore {
    /** About how many keys are held in memory while all of them are visited. */
    int KEYS_AT_ONCE = 1_000;

    /** In place of a time: no time at all. */
    long NO_WAIT = -1;

    /** The value of a key, or {@code null} if there is none. */
    byte[] get(byte[] key);

    /** The length of the value of a key in bytes, or -1 if there is none. */
    int length(byte[] key);

    /** What is under a key, or {@code null} if the key is absent. */
    Item item(byte[] key);

    /** The version of what is under a key: the sequence of its last change, 0 if the key is absent. */
    long version(byte[] key);

    /** {@link Poro#getAt(byte[], long)}, also without a change log: then the log is replayed. */
    byte[] getAt(byte[] key, long sequence);

    /** {@link #getAt(byte[], long)} at a time. */
    byte[] getAt(byte[] key, Instant time);

    /** {@link Poro#history}, also without a change log: then the log is replayed. */
    List<Change> history(byte[] key, int limit);

    /** See {@link dev.poro.engine.Changes#branch}; 0 where no changes are kept, and so none has a place in a stream. */
    int branch(long sequence);

    /** The time by which keys expire, in milliseconds since 1970. */
    long now();

    /** How many keys there are. Some of them may have expired. */
    long keys();

    /** One step of a scan of the keys that are present, see {@link Poro#scan(long, int)}. */
    ScanPage scan(long cursor, int about);

    /** Whether a key is present. */
    default boolean contains(byte[] key) {
        return length(key) >= 0;
    }

    /** Calls the action with each key, in no particular order. */
    default void forEachKey(Consumer<byte[]> action) {
        ScanPage page = scan(0, KEYS_AT_ONCE);
        page.keys().forEach(action);
        while (page.next() != 0) {
            page = scan(page.next(), KEYS_AT_ONCE);
            page.keys().forEach(action);
        }
    }

    /** Stores a value under a key, without an expiry. */
    void set(byte[] key, byte[] value);

    /**
     * Stores several values as one step.
     *
     * @param pairs of a key and a value; of a key that comes twice, the last value counts
     */
    default void setAll(List<byte[]> pairs) throws IOException {
        atomically(view -> {
            for (int i = 0; i < pairs.size(); i += 2) {
                view.set(pairs.get(i), pairs.get(i + 1));
            }
            return true;
        });
    }

    /** Stores a value under a condition; returns whether that was met. */
    boolean set(byte[] key, byte[] value, Expiry expiry, SetIf condition);

    /** Stores a value under a condition; returns the value before, in any case, or {@code null} if there was none. */
    byte[] getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition);

    /** Removes a key; returns whether it was present. */
    boolean delete(byte[] key);

    /** Removes a key; returns its value, or {@code null} if there was none. */
    byte[] getAndDelete(byte[] key);

    /** Adds to the integer that a key holds; returns the sum. */
    long add(byte[] key, long delta);

    /** Appends to a value; returns its length. */
    long append(byte[] key, byte[] bytes);

    /** Overwrites a part of a value; returns its length. */
    long overwrite(byte[] key, int offset, byte[] bytes);

    /**
     * Changes the expiry of a key under a condition.
     *
     * @param expiry any but {@link Expiry#KEEP}
     * @return whether the key was present and the condition was met
     */
    boolean expire(byte[] key, Expiry expiry, ExpireIf condition);

    /** Removes all keys. */
    void clear();

    /**
     * Does several things as one step. The work may run more than once, if somebody else has changed meanwhile what it
     * read, and others may have to wait for it; it must have no other effect than on its view, and not take long.
     *
     * @param conditions keys that must not have changed
     * @return what the work returned; {@code null} if a condition was not met, and nothing was changed then
     * @throws IOException from the work
     */
    <T> T atomically(WatchedKeys conditions, Work<T> work) throws IOException;

    /** {@link #atomically(WatchedKeys, Work)} without conditions. */
    default <T> T atomically(Work<T> work) throws IOException {
        return atomically(new WatchedKeys(), work);
    }

    /** Several things that are one step. */
    @FunctionalInterface
    interface Work<T> {
        /** @param view the store as these see it */
        T run(CommandStore view) throws IOException;
    }

    /**
     * In a view: makes changes that listeners are told of by other names than usual; {@link #tell} gives these. See
     * {@link dev.poro.engine.KeyEvents}.
     */
    default void quietly(Runnable changes) {
        changes.run();
    }

    /** In a view: what listeners are told if this happens, beside the changes. */
    default void tell(String event, byte[] key) {}

    /** {@link #tell} of a value that was changed, or is new. */
    default void tellOfChange(String event, byte[] key, boolean isNew) {
        if (isNew) {
            tell("new", key);
        }
        tell(event, key);
    }

    /** Remembers a key as it is now, see {@link #atomically(WatchedKeys, Work)}. */
    void watch(byte[] key, WatchedKeys watched);

    /** Writes a snapshot; returns its sequence. */
    long snapshot();

    /** Begins to write a snapshot in the background; returns false if one is being written already. */
    boolean beginSnapshot();

    /** When the last snapshot was written, in milliseconds since 1970; 0 if there is none. */
    long lastSnapshotMillis();

    /** The last sequence that is known to survive a power cut. */
    long durableSequence();

    /**
     * Waits until all changes so far survive a power cut.
     *
     * @param millis for how long at most; 0: for as long as it takes; {@link #NO_WAIT}: not at all
     * @return whether they do
     */
    boolean awaitDurable(long millis);

    /**
     * Copies the log.
     *
     * @param directory one that does not exist, or is empty
     * @return the last sequence in the copy
     */
    long backup(Path directory, Progress progress);

    /** The state of the store as lines of text, without a line end after the last. */
    String info();

    /**
     * The store for one command whose change carries a token, see {@link dev.poro.engine.TokenChanges}. Not in a
     * transaction.
     */
    default CommandStore withToken(long client, long number) {
        throw new UnsupportedOperationException("no token here");
    }

    /** Whether it cannot be changed: {@link Command#run} then refuses commands that write. */
    boolean isReadOnly();

    /** The longest value, in bytes. */
    int maxValueLength();

    /** An open store, which the caller must close. */
    static CommandStore of(Poro poro) {
        return new OpenStore(poro);
    }

    /** Read-only contents, which the caller must close. */
    static CommandStore of(ReadOnlyStore contents) {
        return new ReadOnlyContents(contents);
    }
}
