package dev.poro.engine;

import dev.poro.engine.internal.BackupRun;
import dev.poro.engine.internal.LogProgress;
import dev.poro.events.EventRing;
import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.FailStop;
import dev.poro.events.Limits;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;
import dev.poro.wal.LogException;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;

/**
 * A durable key-value store in this process. Keys and values are bytes. All data is in memory, and every change is in
 * the log before any reader sees it.
 *
 * <pre>{@code
 * try (Poro poro = Poro.open(Path.of("poro.wal"))) {
 *     poro.set(key, value);
 *     byte[] read = poro.get(key);
 * }
 * }</pre>
 *
 * <p>Thread-safe. A change whose method returns has happened, and is as durable as the {@link SyncPolicy} states. A
 * change whose method throws has not happened. The exception is {@link StoreFailedException}: then the next recovery
 * decides. An interrupt ends no operation except a backup, {@link #forEachAt} and the wait of a {@link ChangeFeed}; the
 * interrupt status is preserved. Arrays are copied before a method returns and never kept. Of a {@link ByteBuffer},
 * heap or direct, the bytes between position and limit are meant, and both stay as they are; its bytes are copied once,
 * to where the store needs them.
 *
 * <p>A thread of the store logs what an operator must know (opened, disk full, stopped and the like) through SLF4J,
 * under the name of this class. A logging library that throws or blocks disturbs no operation.
 *
 * <p>Limits: a key has 0 to {@value #MAX_KEY_LENGTH} bytes, a value 0 to {@link PoroBuilder#maxValueLength}.
 */
public final class Poro implements AutoCloseable {
    /** The longest key, in bytes. */
    public static final int MAX_KEY_LENGTH = Limits.MAX_KEY_LENGTH;

    private static final byte[] NO_BYTES = {};

    private final Path path;
    private final SyncPolicy syncPolicy;
    private final EventRing ring;
    private final WriteAheadLog log;
    private final StateMachine stateMachine;
    private final FailStop failStop;
    private final StoreErrors errors;
    private final JournalingHandler journal;
    private final HandlerRunner runner;
    private final Publisher publisher;
    private final Contents contents;
    private final Operations operations;
    private final EntryWalks walks;
    private final ExpiryDriver expiry;
    private final KeyEvents keyEvents;
    private final Past past;
    private final StoreMonitor monitor;
    /** {@code null} if no changes are kept. */
    private final ChangeSource changes;

    private final Object closeLock = new Object();

    private Poro(PoroBuilder settings, WriteAheadLog log, StateMachine stateMachine, FailStop failStop) {
        this.path = settings.path();
        this.syncPolicy = settings.syncPolicy();
        this.log = log;
        this.stateMachine = stateMachine;
        this.failStop = failStop;
        this.errors = new StoreErrors(path, log, failStop);
        HandlerRunnerFactory handlers = settings.handlers();
        Replicator replicator = settings.replicator();
        this.ring = handlers.newRing(settings.ringCapacity());
        this.journal = log.newHandler(ring);
        StateMachineHandler handler = new StateMachineHandler(stateMachine, ring, failStop);
        if (log.changes() != null) {
            handler.handChangesTo(log.changes().sink());
        }
        HandlerRunner started = handlers.start(ring, journal, handler, failStop);
        this.runner = replicator == null ? started : new ReplicaRunner(ring, started, failStop);
        this.publisher =
                new Publisher(ring, stateMachine, runner, failStop, errors, settings.eventsPerMark(), replicator);
        this.contents = new Contents(stateMachine, errors::closed, errors::stoppedBy);
        this.operations = new Operations(
                ring,
                publisher,
                stateMachine,
                log.clock(),
                failStop,
                errors,
                settings.maxValueLength(),
                settings.maxRecordLength());
        this.walks = new EntryWalks(settings, log, handler, publisher, runner, failStop, errors);
        this.expiry = new ExpiryDriver(operations);
        this.keyEvents = new KeyEvents(handler);
        this.changes = ChangeSource.of(path, log, publisher::isClosing, failStop, errors);
        this.past = new Past(path, changes, log.whyNoChanges(), stateMachine, publisher, runner, errors);
        this.monitor = newMonitor(settings.logger());
        stateMachine.useLogTime(log.clock());
        try {
            log.startSnapshots(new SnapshotDriver(ring, runner, handler, stateMachine));
            expiry.start(log.workers(), failStop);
        } catch (RuntimeException | Error e) {
            runner.stop();
            ring.close();
            throw e;
        }
    }

    /** Starts a store on a log that has been replayed. Logs the memory budget if it differs from that of the log. */
    static Poro start(
            PoroBuilder settings, WriteAheadLog log, StateMachine stateMachine, FailStop failStop, long memoryBudget) {
        Poro poro;
        try {
            poro = new Poro(settings, log, stateMachine, failStop);
        } catch (RuntimeException | Error e) {
            try {
                log.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        if (settings.replicator() != null) {
            return poro; // its budget comes with the cluster's messages
        }
        try {
            poro.adoptMemoryBudget(memoryBudget);
        } catch (RuntimeException | Error e) {
            poro.closeAfter(e);
            throw e;
        }
        return poro;
    }

    /** On a full disk the log's budget stays in force, so that the store can at least be read. */
    void adoptMemoryBudget(long bytes) {
        if (stateMachine.memoryBudget() == bytes) {
            return;
        }
        try {
            operations.setMemoryBudget(bytes);
        } catch (LogFullException e) {
            if (stateMachine.memoryBudget() == 0) {
                throw e;
            }
        }
    }

    private void closeAfter(Throwable failure) {
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Opens the store at {@code path} with the default settings, creating it if necessary; see
     * {@link PoroBuilder#open}.
     */
    public static Poro open(Path path) {
        return at(path).open();
    }

    /** Settings for a store at {@code path}, a directory that is created if necessary. */
    public static PoroBuilder at(Path path) {
        return new PoroBuilder(path);
    }

    /**
     * Stores a value under a key, replacing the value it had. The key has no expiry afterwards.
     *
     * @return whether the key was present
     * @throws EventTooLargeException if key or value are over their limits
     * @throws MemoryBudgetExceededException if the value does not fit into the memory budget
     * @throws LogFullException if the log cannot grow, for example because the disk is full
     * @throws StoreFailedException if the store has stopped
     * @throws StoreClosedException if the store is closed
     */
    public boolean set(byte[] key, byte[] value) {
        return operations.set(key, value);
    }

    /**
     * {@link #set(byte[], byte[])} with key and value in UTF-8.
     *
     * @throws IllegalArgumentException if one has an unpaired surrogate
     */
    public boolean set(String key, String value) {
        return set(Utf8.encode(key, "key"), Utf8.encode(value, "value"));
    }

    /** {@link #set(byte[], byte[])} of buffers. */
    public boolean set(ByteBuffer key, ByteBuffer value) {
        return operations.set(key, value);
    }

    /**
     * Stores a value that expires: from then on the key is absent. Time is that of the log's clock, which follows the
     * wall clock but does not jump; it goes on while the store is closed.
     *
     * @param timeToLive a millisecond or more; the rest below a millisecond is cut off
     * @return whether the key was present
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean set(byte[] key, byte[] value, Duration timeToLive) {
        return operations.set(key, value, RecordFlags.RELATIVE_EXPIRY, Operations.millisOf(timeToLive));
    }

    /** {@link #set(byte[], byte[], Duration)} with key and value in UTF-8. */
    public boolean set(String key, String value, Duration timeToLive) {
        return set(Utf8.encode(key, "key"), Utf8.encode(value, "value"), timeToLive);
    }

    /**
     * Stores a value that expires at a time, see {@link #set(byte[], byte[], Duration)}. A time that has passed removes
     * the key.
     *
     * @param expiry 1970 or later, to the millisecond
     * @return whether the key was present
     */
    public boolean set(byte[] key, byte[] value, Instant expiry) {
        return operations.set(key, value, RecordFlags.ABSOLUTE_EXPIRY, Operations.millisOf(expiry));
    }

    /** {@link #set(byte[], byte[])} that leaves the expiry of the key as it is. */
    public boolean setKeepingExpiry(byte[] key, byte[] value) {
        return operations.set(key, value, RecordFlags.KEEP_EXPIRY, 0);
    }

    /**
     * Stores a value if the key is absent.
     *
     * @return whether it was, and the value is stored
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean setIfAbsent(byte[] key, byte[] value) {
        return operations.setIf(key, value, RecordFlags.IF_ABSENT, 0, 0);
    }

    /** {@link #setIfAbsent(byte[], byte[])} with key and value in UTF-8. */
    public boolean setIfAbsent(String key, String value) {
        return setIfAbsent(Utf8.encode(key, "key"), Utf8.encode(value, "value"));
    }

    /** {@link #setIfAbsent(byte[], byte[])} of a value that expires, see {@link #set(byte[], byte[], Duration)}. */
    public boolean setIfAbsent(byte[] key, byte[] value, Duration timeToLive) {
        int flags = RecordFlags.IF_ABSENT | RecordFlags.RELATIVE_EXPIRY;
        return operations.setIf(key, value, flags, Operations.millisOf(timeToLive), 0);
    }

    /**
     * Stores a value if the key is present. The key has no expiry afterwards.
     *
     * @return whether it was, and the value is stored
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean replace(byte[] key, byte[] value) {
        return operations.setIf(key, value, RecordFlags.IF_PRESENT, 0, 0);
    }

    /** {@link #replace(byte[], byte[])} with key and value in UTF-8. */
    public boolean replace(String key, String value) {
        return replace(Utf8.encode(key, "key"), Utf8.encode(value, "value"));
    }

    /** {@link #replace(byte[], byte[])} of a value that expires, see {@link #set(byte[], byte[], Duration)}. */
    public boolean replace(byte[] key, byte[] value, Duration timeToLive) {
        int flags = RecordFlags.IF_PRESENT | RecordFlags.RELATIVE_EXPIRY;
        return operations.setIf(key, value, flags, Operations.millisOf(timeToLive), 0);
    }

    /**
     * Stores a value under a condition, with any expiry: {@link #set(byte[], byte[])} in general.
     *
     * @return whether the condition was met, and the value is stored
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean set(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        return operations.setIf(key, value, expiry, condition);
    }

    /** {@link #set(byte[], byte[], Expiry, SetIf)} of buffers. */
    public boolean set(ByteBuffer key, ByteBuffer value, Expiry expiry, SetIf condition) {
        return operations.setIf(key, value, expiry, condition);
    }

    /**
     * Compare and set: stores a value if the entry is still the one that {@link #entry} returned. The expiry stays.
     *
     * @param sequence {@link Entry#sequence}, or {@link Entry#ABSENT} for a key that must be absent
     * @return whether it was, and the value is stored
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean replace(byte[] key, long sequence, byte[] value) {
        Operations.requireSequence(sequence);
        int flags = RecordFlags.IF_SEQUENCE | RecordFlags.KEEP_EXPIRY;
        return operations.setIf(key, value, flags, 0, sequence);
    }

    /** {@link #replace(byte[], long, byte[])} of buffers. */
    public boolean replace(ByteBuffer key, long sequence, ByteBuffer value) {
        Operations.requireSequence(sequence);
        int flags = RecordFlags.IF_SEQUENCE | RecordFlags.KEEP_EXPIRY;
        return operations.setIf(key, value, flags, 0, sequence);
    }

    /**
     * Stores a value and returns the one before, or {@code null} if there was none. The key has no expiry afterwards.
     *
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public byte[] getAndSet(byte[] key, byte[] value) {
        return operations.getAndSet(key, value, 0, 0);
    }

    /**
     * {@link #set(byte[], byte[], Expiry, SetIf)} that returns the value before, or {@code null} if there was none,
     * also if the condition was not met.
     */
    public byte[] getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        return operations.getAndSet(key, value, expiry, condition);
    }

    /** {@link #getAndSet(byte[], byte[], Expiry, SetIf)} of buffers. */
    public byte[] getAndSet(ByteBuffer key, ByteBuffer value, Expiry expiry, SetIf condition) {
        return operations.getAndSet(key, value, expiry, condition);
    }

    /**
     * Adds to the integer that a key holds in decimal; a key that is absent counts as 0. The expiry stays.
     *
     * @return the sum
     * @throws ChangeRejectedException if the value is not an integer of 64 bits, or the sum would not be one
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public long add(byte[] key, long delta) {
        return operations.add(key, delta);
    }

    /** {@link #add(byte[], long)} to a key in a buffer. */
    public long add(ByteBuffer key, long delta) {
        return operations.add(key, delta);
    }

    /** {@link #add(byte[], long)} with the key in UTF-8. */
    public long add(String key, long delta) {
        return add(Utf8.encode(key, "key"), delta);
    }

    /**
     * Appends bytes to a value; a key that is absent counts as an empty value. The expiry stays.
     *
     * @return the length of the value afterwards, in bytes
     * @throws ChangeRejectedException if it would be longer than {@link PoroBuilder#maxValueLength}
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public long append(byte[] key, byte[] bytes) {
        return operations.splice(key, RecordDescriptor.SPLICE_AT_END, bytes);
    }

    /** {@link #append(byte[], byte[])} of buffers. */
    public long append(ByteBuffer key, ByteBuffer bytes) {
        return operations.splice(key, RecordDescriptor.SPLICE_AT_END, bytes);
    }

    /** {@link #append(byte[], byte[])} with key and value in UTF-8. */
    public long append(String key, String text) {
        return append(Utf8.encode(key, "key"), Utf8.encode(text, "text"));
    }

    /**
     * Overwrites a part of a value from an offset on. What is missing before the offset is filled with zeros. The
     * expiry stays. Without bytes, nothing happens.
     *
     * @param offset in bytes, 0 or more
     * @return the length of the value afterwards, in bytes
     * @throws ChangeRejectedException if it would be longer than {@link PoroBuilder#maxValueLength}
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public long overwrite(byte[] key, int offset, byte[] bytes) {
        Operations.requireOffset(offset);
        return operations.splice(key, offset, bytes);
    }

    /**
     * Has a key expire at a time, see {@link #set(byte[], byte[], Duration)}. A time that has passed removes it.
     *
     * @param expiry 1970 or later, to the millisecond
     * @return whether the key was present
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean expireAt(byte[] key, Instant expiry) {
        long millis = Operations.millisOf(expiry);
        return operations.expire(key, RecordFlags.ABSOLUTE_EXPIRY, millis, ExpiryCondition.ALWAYS);
    }

    /** {@link #expireAt(byte[], Instant)} with the key in UTF-8. */
    public boolean expireAt(String key, Instant expiry) {
        return expireAt(Utf8.encode(key, "key"), expiry);
    }

    /**
     * Has a key expire after a time of the log's clock, see {@link #set(byte[], byte[], Duration)}.
     *
     * @param timeToLive a millisecond or more
     * @return whether the key was present
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean expireAfter(byte[] key, Duration timeToLive) {
        long millis = Operations.millisOf(timeToLive);
        return operations.expire(key, RecordFlags.RELATIVE_EXPIRY, millis, ExpiryCondition.ALWAYS);
    }

    /**
     * Removes the expiry of a key.
     *
     * @return whether the key was present and had one
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean persist(byte[] key) {
        return operations.expire(key, RecordFlags.NO_EXPIRY, 0, ExpiryCondition.IF_SOME);
    }

    /** {@link #persist(byte[])} with the key in UTF-8. */
    public boolean persist(String key) {
        return persist(Utf8.encode(key, "key"));
    }

    /**
     * Changes the expiry of a key under a condition.
     *
     * @param expiry any but {@link Expiry#KEEP}
     * @return whether the key was present and the condition was met
     * @throws RuntimeException as {@link #set(byte[], byte[])} does
     */
    public boolean expire(byte[] key, Expiry expiry, ExpireIf condition) {
        return operations.expire(key, expiry, condition);
    }

    /** {@link #expire(byte[], Expiry, ExpireIf)} of a key in a buffer. */
    public boolean expire(ByteBuffer key, Expiry expiry, ExpireIf condition) {
        return operations.expire(key, expiry, condition);
    }

    /** A scan of the entries, in no particular order: {@link EntryCursor} says what it returns. */
    public Scan scan() {
        return new Scan(contents);
    }

    /**
     * Visits the contents of the store as they are after one event, exactly: every entry that is live by the log time
     * of that event, with the value, the sequence and the expiry that it has then, once, in no particular order. That
     * event is the last one that was applied when the visit begins, so every change is in it whose method had returned
     * before this call; a batch is in it as a whole or not at all. Other threads read and write meanwhile, and so may
     * the visitor.
     *
     * <p>Writers are not held up by a slow visitor: what they change before it has been visited is kept for it, first
     * in memory (some MiB of the Java heap at most, not part of the memory budget), then in a temporary file of up to
     * {@link PoroBuilder#spillLimit} bytes. If that does not suffice, the visit fails. It also fails if the store is
     * cleared while entries are being visited; if none has been visited yet, it begins again.
     *
     * @param visitor gets keys and entries on the calling thread; an exception from it ends the visit and is rethrown
     * @return the log sequence of the event
     * @throws IterationFailedException if the visit cannot go on, for one of the reasons above, because the thread was
     *     interrupted (its interrupt status stays), or because the file failed; or if four such calls are in progress
     * @throws StoreClosedException if the store is closed, also while entries are being visited
     * @throws StoreFailedException if the store has stopped
     */
    public long forEachAt(BiConsumer<? super byte[], ? super Entry> visitor) {
        return walks.forEach(Objects.requireNonNull(visitor, "visitor"));
    }

    /**
     * The value that a key had right after an event, or {@code null} if it was absent then. What had expired by the
     * last change up to there was absent. Without a change log ({@link PoroBuilder#changes}) this replays the log,
     * which takes the memory of the store once more, and some time. With it, a key that has not changed for long may
     * have to be looked up in a snapshot.
     *
     * @param sequence from 0 to that of the last event
     * @throws PositionLostException if what is kept begins later
     * @throws PoroException if the log had to be replayed, and that failed; or what is kept begins later
     */
    public byte[] getAt(byte[] key, long sequence) {
        return past.getAt(key, sequence);
    }

    /**
     * {@link #getAt(byte[], long)} at a time of the machine's clock: after the last event up to which it had shown no
     * later one. What had expired by that time was absent.
     */
    public byte[] getAt(byte[] key, Instant time) {
        return past.getAt(key, time);
    }

    /**
     * The last changes of a key, newest first, as far back as the change log goes; among them those that cleared the
     * store while it had the key.
     *
     * @param limit how many at most, 1 or more
     * @throws IllegalStateException if there is no change log
     */
    public List<Change> history(byte[] key, int limit) {
        return past.history(key, limit);
    }

    /**
     * One step of a scan of the keys, for callers that keep a number rather than a cursor. Steps from 0 to 0 return a
     * key that is present all the time exactly once, as {@link EntryCursor} does.
     *
     * @param cursor 0 to begin; otherwise {@link ScanPage#next} of the step before. One of another opening of the
     *     store, or of another store, begins anew
     * @param about how many keys, 1 or more; a step returns some hundreds more at most, unless hashes collide
     * @throws StoreClosedException if the store is closed
     */
    public ScanPage scan(long cursor, int about) {
        return contents.scan(cursor, about);
    }

    /**
     * This store as a map, whose keys and values are encoded by codecs; each of its methods is atomic. {@code compute},
     * {@code merge} and the like read, call their function, and change the entry if it is still as it was read, or
     * begin again. {@code size} counts keys that have expired and are still to be removed. Iterators are those of
     * {@link EntryCursor}: they neither fail nor miss a key because of changes.
     */
    public <K, V> ConcurrentMap<K, V> asMap(Codec<K> keys, Codec<V> values) {
        return new StoreMap<>(this, keys, values);
    }

    /**
     * Has the changes of all other threads wait until the returned object is closed, for what would lose every race
     * otherwise. Everything that they have published before has happened by then. So what this thread reads meanwhile
     * stays as it is until this thread changes it, but for keys whose expiry is reached. May wait for an fsync.
     *
     * <p>In a {@linkplain #isReplica replica}, this holds the threads of this process only: what other replicas send is
     * applied meanwhile. Only conditions that go with a change, as those of a {@link Batch}, hold for sure then.
     */
    public ChangeHold holdChanges() {
        return publisher.hold();
    }

    /**
     * Whether this store is that of a {@link Replica}: other replicas change it as well, in one order with its own
     * changes.
     */
    public boolean isReplica() {
        return publisher.sender() != null;
    }

    /**
     * In a replica: waits until what was being applied when this was called is done. In a store of its own nothing is,
     * where this is called.
     */
    void awaitWriter() {
        if (isReplica()) {
            runner.awaitApplied(publisher.publishCancelled());
        }
    }

    /** What the service's side of a replica works with. */
    Replica newReplica(long memoryBudget, boolean adopts) {
        return new Replica(this, log, ring, runner, publisher, stateMachine, failStop, errors, memoryBudget, adopts);
    }

    /**
     * A watch that notices whether a key changes from now on. Of an absent key it notices also that the key came and
     * went again, for which changes are {@linkplain #holdChanges held} a moment.
     */
    public KeyWatch watch(byte[] key) {
        return KeyWatch.begin(this, stateMachine, key);
    }

    /** Tells listeners what happens to keys. */
    public KeyEvents keyEvents() {
        return keyEvents;
    }

    /**
     * What happened to keys, from now on or earlier, to be read beside any writer.
     *
     * @throws IllegalStateException if the store keeps no changes, see {@link PoroBuilder#changes}
     */
    public Changes changes() {
        if (changes == null) {
            throw ChangeSource.none(path, log.whyNoChanges());
        }
        return new Changes(changes);
    }

    /** Whether the store keeps changes. */
    public boolean keepsChanges() {
        return changes != null;
    }

    /** The version of a key, {@link Entry#ABSENT} if it is absent; otherwise as {@link #entry(byte[])}. */
    public long sequenceOf(byte[] key) {
        Entry entry = entry(key);
        return entry == null ? Entry.ABSENT : entry.sequence();
    }

    /**
     * A number that is another one after each change of the key; changes of other keys may change it, too. If two calls
     * return the same number, and it is not negative, the key was the same all the time in between, but for an expiry
     * that was reached: even if it was absent, and so without a version.
     */
    public long stamp(byte[] key) {
        return contents.stamp(key);
    }

    /** A batch of changes of this store, of which all happen or none. */
    public Batch batch() {
        return new Batch(operations, null);
    }

    /**
     * Changes that can be sent again: if the reply to one was lost, the same change with the same token gets the
     * outcome of the first time, and is not done twice. {@link TokenChanges} says how a client numbers its changes.
     *
     * @param client any number that no other client has, for example a random one
     * @param number of the change among those of the client: 1, 2, 3 and so on
     */
    public TokenChanges withToken(long client, long number) {
        return new TokenChanges(operations, new Token(client, number));
    }

    /** A pipeline for many changes and reads of this store that go through it together. */
    public Pipeline pipeline() {
        return new Pipeline(ring, operations, contents, stateMachine);
    }

    /**
     * Removes every key, in one step.
     *
     * @return how many there were
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, except for the memory budget
     */
    public long clear() {
        return operations.clear();
    }

    /**
     * The value under a key, or {@code null} if there is none. Takes no lock. Sees every change whose method has
     * returned, and under {@link SyncPolicy#ALWAYS} no change that is not yet durable.
     *
     * @throws StoreClosedException if the store is closed
     */
    public byte[] get(byte[] key) {
        return contents.get(key);
    }

    /**
     * {@link #get(byte[])} into the caller's array, from {@code offset} on. Allocates nothing.
     *
     * @return the length of the whole value in bytes, of which as much is copied as fits; -1 if there is no value, and
     *     even then {@code target} may have been changed
     * @throws IndexOutOfBoundsException unless {@code 0 <= offset <= target.length}
     * @throws StoreClosedException if the store is closed
     */
    public int get(byte[] key, byte[] target, int offset) {
        return contents.get(key, target, offset);
    }

    /** {@link #get(byte[])} of a key in a buffer. */
    public byte[] get(ByteBuffer key) {
        return contents.get(key);
    }

    /**
     * {@link #get(byte[])} of a key in a buffer into another buffer, whose position moves behind what was copied.
     * Allocates nothing.
     *
     * @param target from its position on, as much of the value is copied as fits before its limit; may be changed there
     *     even if there is no value
     * @return the length of the whole value in bytes; -1 if there is no value
     * @throws java.nio.ReadOnlyBufferException if the target cannot be written
     * @throws StoreClosedException if the store is closed
     */
    public int get(ByteBuffer key, ByteBuffer target) {
        return contents.get(key, target);
    }

    /** {@link #get(byte[])} with key and value in UTF-8. */
    public String get(String key) {
        byte[] value = get(Utf8.encode(key, "key"));
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    /**
     * What is under a key, or {@code null} if the key is absent: the value with its version and its expiry, all of one
     * moment. Otherwise as {@link #get(byte[])}.
     */
    public Entry entry(byte[] key) {
        return contents.entry(key);
    }

    /** {@link #entry(byte[])} of a key in a buffer. */
    public Entry entry(ByteBuffer key) {
        return contents.entry(key);
    }

    /** {@link #entry(byte[])} with the key in UTF-8. */
    public Entry entry(String key) {
        return entry(Utf8.encode(key, "key"));
    }

    /** Whether a key is present; otherwise as {@link #get(byte[], byte[], int)}. */
    public boolean contains(byte[] key) {
        return get(key, NO_BYTES, 0) >= 0;
    }

    /** {@link #contains(byte[])} of a key in a buffer. */
    public boolean contains(ByteBuffer key) {
        return contents.contains(key);
    }

    /** {@link #contains(byte[])} with the key in UTF-8. */
    public boolean contains(String key) {
        return contains(Utf8.encode(key, "key"));
    }

    /**
     * The values of several keys in the order of these, {@code null} for one that is absent. Not atomic: each is read
     * as {@link #get(byte[])} does, at its own moment. Faster than so many single reads where the data exceeds the
     * caches, because the waits for memory overlap.
     *
     * @throws StoreClosedException if the store is closed
     */
    public List<byte[]> getAll(Collection<byte[]> keys) {
        Objects.requireNonNull(keys, "keys");
        return contents.getAll(keys);
    }

    /** {@link #getAll(Collection)} of keys in an array. */
    public List<byte[]> getAll(byte[]... keys) {
        return getAll(Arrays.asList(Objects.requireNonNull(keys, "keys")));
    }

    /**
     * Removes a key.
     *
     * @return whether it was present
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, except for the memory budget
     */
    public boolean delete(byte[] key) {
        return operations.delete(key);
    }

    /** {@link #delete(byte[])} of a key in a buffer. */
    public boolean delete(ByteBuffer key) {
        return operations.delete(key);
    }

    /** {@link #delete(byte[])} with the key in UTF-8. */
    public boolean delete(String key) {
        return delete(Utf8.encode(key, "key"));
    }

    /**
     * Removes a key if its entry is still the one that {@link #entry} returned.
     *
     * @param sequence {@link Entry#sequence}
     * @return whether it was, and the key is removed
     * @throws RuntimeException as {@link #delete(byte[])} does
     */
    public boolean delete(byte[] key, long sequence) {
        return operations.deleteIf(key, sequence);
    }

    /** {@link #delete(byte[], long)} of a key in a buffer. */
    public boolean delete(ByteBuffer key, long sequence) {
        return operations.deleteIf(key, sequence);
    }

    /** {@link #getAndDelete(byte[])} of a key in a buffer. */
    public byte[] getAndDelete(ByteBuffer key) {
        return operations.getAndDelete(key);
    }

    /**
     * Removes a key and returns the value that it had, or {@code null} if it was absent.
     *
     * @throws RuntimeException as {@link #delete(byte[])} does
     */
    public byte[] getAndDelete(byte[] key) {
        return operations.getAndDelete(key);
    }

    /**
     * Publishes a set without waiting for its outcome. Waits for a free slot of the ring and, if the value is long, for
     * memory. Events of one thread are applied in the order in which it published them. In a {@linkplain #isReplica
     * replica} it waits until the event is applied all the same: there is no ticket before.
     *
     * @return a ticket for {@link #await}
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, except for those that depend on the outcome;
     *     {@link #await} throws these
     */
    public long setAsync(byte[] key, byte[] value) {
        return operations.publish(EventType.SET, 0, 0, key, value, 0);
    }

    /** {@link #set(byte[], byte[], Duration)} without waiting, as {@link #setAsync(byte[], byte[])}. */
    public long setAsync(byte[] key, byte[] value, Duration timeToLive) {
        long millis = Operations.millisOf(timeToLive);
        return operations.publish(EventType.SET, RecordFlags.RELATIVE_EXPIRY, millis, key, value, 0);
    }

    /** {@link #delete(byte[])} without waiting, as {@link #setAsync(byte[], byte[])}. */
    public long deleteAsync(byte[] key) {
        return operations.publish(EventType.DELETE, 0, 0, key, NO_BYTES, 0);
    }

    /** {@link #add(byte[], long)} without waiting, as {@link #setAsync(byte[], byte[])}; the sum is not kept. */
    public long addAsync(byte[] key, long delta) {
        return operations.publish(EventType.ADD, 0, 0, key, NO_BYTES, delta);
    }

    /** {@link #append(byte[], byte[])} without waiting, as {@link #setAsync(byte[], byte[])}. */
    public long appendAsync(byte[] key, byte[] bytes) {
        return operations.publishAppend(key, bytes);
    }

    /**
     * Waits for the outcome of an event. Events are applied in the order of their tickets, so if one has its outcome,
     * all earlier ones have theirs. The outcomes of the latest million events can be asked for.
     *
     * @param ticket from {@link #setAsync} or another method that returns one
     * @return whether the key was present before
     * @throws IllegalArgumentException if no event has this ticket, or its outcome is no longer kept
     * @throws RuntimeException as the synchronous operation does
     */
    public boolean await(long ticket) {
        return operations.await(ticket);
    }

    /**
     * Writes a snapshot of the contents and waits until it is durable. Other operations continue meanwhile. The
     * snapshot holds the exact state after one event, and every change whose method had returned before this call. The
     * next opening loads it instead of replaying the events before it.
     *
     * @return the log sequence of the last event that is in it
     * @throws PoroException if the snapshot could not be written; the store continues
     * @throws RuntimeException if the store is closed or has stopped, as {@link #set(byte[], byte[])} does
     */
    public long snapshot() {
        if (publisher.isClosing()) {
            throw errors.closed();
        }
        try {
            dev.poro.wal.SnapshotReport taken = log.takeSnapshot();
            if (taken == null) {
                throw errors.closed();
            }
            return taken.summary().sequence();
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        } catch (LogException e) {
            throw new PoroException(path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Copies the log and its snapshots into a directory that can be opened as a store. The copy has a state of this
     * store that is not older than this call. Other operations continue meanwhile. A backup that ends early, also by an
     * interrupt, leaves {@code DIRECTORY.unfinished}; the next backup to the same directory continues it.
     *
     * @param directory one that does not exist, or is empty
     * @throws StoreDamagedException if the log is damaged; there is no backup then
     * @throws PoroException if the directory cannot be used, or a disk fails or is full
     * @throws RuntimeException if the store is closed or has stopped, as {@link #set(byte[], byte[])} does
     */
    public BackupReport backup(Path directory) {
        return backup(directory, Progress.NONE);
    }

    /**
     * As {@link #backup(Path)} does.
     *
     * @param progress called on the calling thread; an exception from it ends the backup, as an interrupt does, and is
     *     rethrown
     */
    public BackupReport backup(Path directory, Progress progress) {
        Objects.requireNonNull(directory, "directory");
        ReplayProgress listener = new LogProgress(Objects.requireNonNull(progress, "progress"));
        if (publisher.isClosing() || failStop.isTripped()) {
            throw publisher.isClosing() ? errors.closed() : errors.stopped();
        }
        return BackupReport.of(
                BackupRun.run(path, directory, place -> log.newBackup(place, listener), LogVisitor.NONE));
    }

    /**
     * Completes the operations in progress, writes the mark of a clean close, fsyncs the log and releases its lock.
     * Under every sync policy, all acknowledged changes are then durable. Idempotent.
     *
     * @throws StoreFailedException if the store had stopped, or its last fsync fails
     */
    @Override
    public void close() {
        close(stateMachine::retire);
    }

    /** Closes the store and releases its memory at once: no thread may be reading. For simulations of many stores. */
    void closeUnread() {
        close(stateMachine::close);
    }

    /** @param release releases the memory, which other threads may still be reading */
    private void close(Runnable release) {
        StackProbe.require();
        try {
            synchronized (closeLock) {
                if (publisher.isClosed()) {
                    return;
                }
                closeParts(release);
            }
        } finally {
            // Outside the lock: the logging library, for which this waits, may be closing the store as well.
            monitor.close();
        }
        if (failStop.isTripped()) {
            throw errors.stopped();
        }
    }

    private void closeParts(Runnable release) {
        // First: the thread that removes expired keys may be waiting for whoever holds changes.
        publisher.beginClosing();
        if (publisher.sender() != null) {
            publisher.sender().rejectAll(true);
        }
        expiry.stop();
        try {
            log.stopSnapshots();
            runner.awaitApplied(publisher.publishCleanClose());
        } catch (InternalError fault) {
            failStop.trip(fault);
        } finally {
            runner.stop();
            publisher.close();
            try {
                closeLog();
            } finally {
                release.run();
                ring.close();
            }
        }
    }

    private void closeLog() {
        try {
            log.close();
        } catch (IOException e) {
            failStop.trip(e);
        }
    }

    /** A monitor of this store, not started. */
    StoreMonitor newMonitor(Logger logger) {
        return new StoreMonitor(logger, path, log, journal, failStop, errors);
    }

    /** @param millis how long opening took */
    void startMonitor(long millis) {
        String policy = syncPolicy.name().toLowerCase(Locale.ROOT);
        monitor.start(new StoreMonitor.Opened(millis, keys(), policy, stateMachine.memoryBudget()));
    }

    /** The directory of the log. */
    public Path path() {
        return path;
    }

    /** When a change is acknowledged. */
    public SyncPolicy syncPolicy() {
        return syncPolicy;
    }

    /** The longest value, in bytes. */
    public int maxValueLength() {
        return operations.maxValueLength();
    }

    /** The time of the log's clock, by which keys expire: it follows the wall clock, but does not jump. */
    public Instant logTime() {
        return Instant.ofEpochMilli(log.clock().getAsLong());
    }

    /** The number of live keys. */
    public long keys() {
        return stateMachine.keys();
    }

    /**
     * The digest of the live keys and values: equal contents have equal digests, whatever their history. Exact while no
     * thread writes.
     */
    public long digest() {
        return stateMachine.digest();
    }

    /** The log sequence of the last event that was applied. */
    public long sequence() {
        return stateMachine.appliedSequence();
    }

    /** The highest log sequence that is known to survive a power cut. */
    public long durableSequence() {
        return log.durableSequence();
    }

    /**
     * Waits until every change whose method has returned survives a power cut. Under {@link SyncPolicy#ALWAYS} all of
     * them do; under {@link SyncPolicy#EVERYSEC} within a second or two; under {@link SyncPolicy#OS} it is not known
     * when.
     *
     * @param timeout for how long at most
     * @return whether they do
     * @throws StoreFailedException if the store has stopped
     */
    public boolean awaitDurable(Duration timeout) {
        return operations.awaitDurable(log::durableSequence, timeout);
    }

    /**
     * The state of the log: its length, its newest snapshot.
     *
     * @throws PoroException if its directory cannot be read
     */
    public LogReport log() {
        try {
            return LogReport.of(log.status());
        } catch (IOException | LogException e) {
            throw PoroException.stopped(path, "reading the log's state", sequence(), e, "Fix the cause and try again.");
        }
    }

    /** What opening found in the log, and what it did to it. */
    public OpeningReport opening() {
        return OpeningReport.of(log.recovery());
    }

    /**
     * How the memory is used. Exact while no thread writes.
     *
     * @throws StoreClosedException if the store is closed
     */
    public MemoryReport memory() {
        return MemoryReport.of(contents.memory(), walks.memoryLength(), walks.fileLength());
    }

    /** The keys that expire, and the clock that decides when. The figures may be of slightly different moments. */
    public ExpiryReport expiry() {
        return ExpiryReport.of(stateMachine.expiringKeys(), stateMachine.nextExpiry(), log.clockOffsetMillis());
    }

    /**
     * Lets keys that have expired stay in memory, or has them removed in the background again, as at first. For readers
     * they are gone in any case. For tests.
     */
    public void setExpiryInBackground(boolean on) {
        expiry.setPaused(!on);
    }

    /** How the event ring is used. Does not slow the writers; the figures may be of slightly different moments. */
    public RingReport ring() {
        long batches = journal.batches();
        long applied = ring.applied() + 1;
        return new RingReport(ring.capacity(), ring.claimed() + 1, applied, batches);
    }
}
