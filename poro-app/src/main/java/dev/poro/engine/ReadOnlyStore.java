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
 */
public final class ReadOnlyStore implements AutoCloseable {
    private static final String REMEDY = "Fix the cause and read the log again.";

    private final Path path;
    private final StateMachine stateMachine;
    private final OpeningReport opening;
    private final Contents contents;
    private final long logTime = System.currentTimeMillis();

    private ReadOnlyStore(Path path, StateMachine stateMachine, OpeningReport opening) {
        this.path = path;
        this.stateMachine = stateMachine;
        this.opening = opening;
        this.contents = new Contents(stateMachine, () -> new StoreClosedException(path + " is closed", null));
        stateMachine.useLogTime(() -> logTime);
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
            return new ReadOnlyStore(
                    path,
                    stateMachine,
                    OpeningReport.of(ReadOnlyLog.read(path, new Replay(stateMachine), new LogProgress(progress))));
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

    /** The time of the opening: what has expired by then is absent, and stays so. */
    public Instant logTime() {
        return Instant.ofEpochMilli(logTime);
    }

    /** The directory of the log. */
    public Path path() {
        return path;
    }

    /** What reading the log found. */
    public OpeningReport opening() {
        return opening;
    }

    /** The number of live keys. */
    public long keys() {
        return stateMachine.keys();
    }

    /** How the memory is used. */
    public MemoryReport memory() {
        return MemoryReport.of(stateMachine.memoryReport());
    }

    /** Releases the memory. Idempotent. */
    @Override
    public void close() {
        stateMachine.retire();
    }
}
