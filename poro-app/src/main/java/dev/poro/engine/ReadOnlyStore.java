package dev.poro.engine;

import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.ReadOnlyLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;

/**
 * The contents of a store as they were at one moment. Takes no lock and writes nothing, so the store may be open in any
 * process; changes after the opening are not seen. Needs as much memory as the store. Thread-safe.
 *
 * <p>What has expired is absent. The moment is that of the opening by the system's clock or that of the last event,
 * whichever is later.
 */
public final class ReadOnlyStore implements AutoCloseable {
    private static final String REMEDY = "Fix the cause and read the log again.";

    private final Path path;
    private final StateMachine stateMachine;
    private final OpeningReport opening;
    private final Contents contents;
    /** In milliseconds since 1970. */
    private final long now;

    private ReadOnlyStore(Path path, StateMachine stateMachine, OpeningReport opening, long now) {
        this.path = path;
        this.stateMachine = stateMachine;
        this.opening = opening;
        this.contents = new Contents(stateMachine, () -> new StoreClosedException(path + " is closed", null), fault -> {
            throw fault;
        });
        this.now = now;
        stateMachine.useLogTime(() -> now);
    }

    /**
     * Reads the log as opening the store does.
     *
     * @param path the directory of the log
     * @param progress called on the calling thread
     * @throws StoreDamagedException if the log is damaged and opening would refuse it
     * @throws PoroException if there is no log or it cannot be read
     */
    public static ReadOnlyStore open(Path path, Progress progress) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(progress, "progress");
        StateMachine stateMachine = new StateMachine(0);
        try {
            TimedReplay replay = new TimedReplay(stateMachine);
            OpeningReport opening = OpeningReport.of(ReadOnlyLog.read(path, replay, new LogProgress(progress)));
            return new ReadOnlyStore(path, stateMachine, opening, Math.max(replay.last, System.currentTimeMillis()));
        } catch (IOException | LogException | OutOfMemoryError e) {
            long sequence = stateMachine.appliedSequence();
            stateMachine.close();
            throw PoroException.stopped(path, "reading", sequence, e, REMEDY);
        } catch (RuntimeException | Error e) {
            stateMachine.close();
            throw e;
        }
    }

    /** The value of a key, or {@code null} if there is none. */
    public byte[] get(byte[] key) {
        return contents.get(key);
    }

    /** {@link Poro#get(byte[], byte[], int)}. */
    public int get(byte[] key, byte[] target, int offset) {
        return contents.get(key, target, offset);
    }

    /** What is under a key, or {@code null} if the key is absent. */
    public Entry entry(byte[] key) {
        return contents.entry(key);
    }

    /** A scan of the entries, in no particular order. */
    public Scan scan() {
        return new Scan(contents);
    }

    /** {@link Poro#scan(long, int)}. */
    public ScanPage scan(long cursor, int about) {
        return contents.scan(cursor, about);
    }

    /** The time by which expiries are judged: it stands still. */
    public Instant logTime() {
        return Instant.ofEpochMilli(now);
    }

    /** The directory of the log. */
    public Path path() {
        return path;
    }

    /** What reading the log found. */
    public OpeningReport opening() {
        return opening;
    }

    /** The number of keys, those included that have expired and were not removed yet. */
    public long keys() {
        return stateMachine.keys();
    }

    /** {@link Poro#digest}. */
    public long digest() {
        return stateMachine.digest();
    }

    /** The keys that expire. The clock stands still. */
    public ExpiryReport expiry() {
        return ExpiryReport.of(stateMachine.expiringKeys(), stateMachine.nextExpiry(), 0);
    }

    /** How the memory is used. */
    public MemoryReport memory() {
        return MemoryReport.of(stateMachine.memoryReport(), 0, 0);
    }

    /** Releases the memory. Idempotent. */
    @Override
    public void close() {
        stateMachine.retire();
    }

    /** Knows the time of the last frame. */
    private static final class TimedReplay extends Replay {
        private long last;

        TimedReplay(StateMachine stateMachine) {
            super(stateMachine);
        }

        @Override
        public void onFrame(int version, long timestamp, long wallClock) {
            last = Math.max(last, timestamp);
        }

        @Override
        public void onSnapshot(dev.poro.wal.SnapshotReport snapshot) {
            super.onSnapshot(snapshot);
            last = Math.max(last, snapshot.summary().timestamp());
        }
    }
}
