package dev.poro.engine;

import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.ReadOnlyLog;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * The contents of a store as they were at one moment: now, or at a point of its history. Takes no lock and writes
 * nothing, so the store may be open in any process; changes after the opening are not seen. Needs as much memory as the
 * store. Thread-safe.
 *
 * <p>What has expired is absent. For {@link #open}, time is that of the opening by the system's clock or that of the
 * last event, whichever is later. At a point of the history, it is the log time of the last event up to the point; if
 * the point is a time, that time if it is later.
 */
public final class ReadOnlyStore implements AutoCloseable {
    private static final String REMEDY = "Fix the cause and read the log again.";

    private final Path path;
    private final StateMachine stateMachine;
    private final OpeningReport opening;
    private final List<LogDamage> leftOut;
    private final Contents contents;
    /** In milliseconds since 1970. */
    private final long now;

    private ReadOnlyStore(Path path, StateMachine stateMachine, Read read) {
        this.path = path;
        this.stateMachine = stateMachine;
        this.opening = read.opening;
        this.leftOut = read.leftOut;
        this.now = read.now;
        this.contents = new Contents(stateMachine, () -> new StoreClosedException(path + " is closed", null), fault -> {
            throw fault;
        });
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
        return read(path, progress, replay -> {
            OpeningReport opening = OpeningReport.of(ReadOnlyLog.read(path, replay, new LogProgress(progress)));
            return new Read(opening, List.of(), Math.max(replay.lastFrame, System.currentTimeMillis()));
        });
    }

    /**
     * Reads the contents after an event: from the nearest snapshot at or before it, and the events that follow it.
     *
     * @param path the directory of the log
     * @param sequence of the event, 1 or more
     * @param progress called on the calling thread
     * @throws PoroException if there is no log, it cannot be read, or it does not have the event, perhaps not any more;
     *     the message says which points it has
     */
    public static ReadOnlyStore openAt(Path path, long sequence, Progress progress) {
        if (sequence < 1 || sequence == Long.MAX_VALUE) {
            throw new IllegalArgumentException("sequence " + sequence + ": sequences begin with 1");
        }
        return openAt(path, RestorePoint.ofSequence(sequence), Long.MIN_VALUE, progress);
    }

    /**
     * Reads the contents at a time, to the millisecond: those after the last event by which the system's clock had
     * never shown a later time. So a time is one point, also where the clock was set back.
     *
     * @param path the directory of the log
     * @param time by the system's clock when the events were written
     * @param progress called on the calling thread
     * @throws PoroException if there is no log, it cannot be read, or it begins later; the message says which points it
     *     has
     */
    public static ReadOnlyStore openAt(Path path, Instant time, Progress progress) {
        long millis = Objects.requireNonNull(time, "time").toEpochMilli();
        return openAt(path, RestorePoint.ofTime(millis), millis, progress);
    }

    private static ReadOnlyStore openAt(Path path, RestorePoint point, long time, Progress progress) {
        return read(path, progress, replay -> {
            ReadOnlyLog.UpToPoint found = ReadOnlyLog.readUpTo(path, point, replay, new LogProgress(progress));
            List<LogDamage> leftOut =
                    found.report().leftOut().stream().map(LogDamage::of).toList();
            return new Read(OpeningReport.of(found), leftOut, Math.max(replay.lastEvent, time));
        });
    }

    private static ReadOnlyStore read(Path path, Progress progress, Reading reading) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(progress, "progress");
        StateMachine stateMachine = new StateMachine(0);
        try {
            return new ReadOnlyStore(path, stateMachine, reading.read(new TimedReplay(stateMachine)));
        } catch (IOException | LogException | OutOfMemoryError e) {
            long sequence = stateMachine.appliedSequence();
            stateMachine.close();
            throw PoroException.stopped(path, "reading", sequence, e, REMEDY);
        } catch (RuntimeException | Error e) {
            stateMachine.close();
            throw e;
        }
    }

    /** Fills a state machine from a log. */
    @FunctionalInterface
    private interface Reading {
        Read read(TimedReplay replay) throws IOException;
    }

    /** What was found in the log, and the time by which expiries are judged. */
    private record Read(OpeningReport opening, List<LogDamage> leftOut, long now) {}

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

    /**
     * What may belong before the point of the history and is not in the contents: a tail that opening the log would cut
     * off, and events that come later only because the system's clock was ahead or was set back. Empty if there is
     * none, and for {@link #open}, whose {@link #opening} says it.
     */
    public List<LogDamage> leftOut() {
        return leftOut;
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

    /** Knows the times of the last frame and of the last event. */
    private static final class TimedReplay extends Replay {
        private long lastFrame;
        private long lastEvent;

        TimedReplay(StateMachine stateMachine) {
            super(stateMachine);
        }

        @Override
        public void onFrame(int version, long timestamp, long wallClock) {
            lastFrame = Math.max(lastFrame, timestamp);
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            super.onRecord(sequence, timestamp, record);
            lastEvent = timestamp;
        }

        @Override
        public void onSnapshot(dev.poro.wal.SnapshotReport snapshot) {
            super.onSnapshot(snapshot);
            lastEvent = snapshot.summary().timestamp();
            lastFrame = Math.max(lastFrame, lastEvent);
        }
    }
}
