package dev.poro.engine;

import dev.poro.events.EventType;
import dev.poro.statemachine.MemoryReport;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.LogInspector;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A log, replayed through the same state machine as a store's, without opening it: takes no lock, writes nothing. Holds
 * what came out. Immutable.
 */
public final class LogVerification {
    private final RecoveryReport log;
    private final Map<EventType, Long> eventsByType;
    private final long keys;
    private final long digest;
    private final boolean digestsChecked;
    private final MemoryReport memory;
    private final long elapsedNanos;

    private LogVerification(
            RecoveryReport log, Map<EventType, Long> eventsByType, StateMachine stateMachine, long elapsedNanos) {
        this.log = log;
        this.eventsByType = Map.copyOf(eventsByType);
        this.keys = stateMachine.keys();
        this.digest = stateMachine.digest();
        this.digestsChecked = stateMachine.verifiesMarks();
        this.memory = stateMachine.memoryReport();
        this.elapsedNanos = elapsedNanos;
    }

    /**
     * Replays a log.
     *
     * @param path a log directory, or one segment file; of a segment that is not the first the digests cannot be
     *     checked, because what came before is missing
     * @throws PoroException if there is no log or it cannot be read
     */
    public static LogVerification of(Path path, ReplayProgress progress) {
        long[] counts = new long[EventType.values().length + 1];
        long start = System.nanoTime();
        try (StateMachine stateMachine = new StateMachine(0)) {
            RecoveryReport log = LogInspector.inspect(
                    path,
                    (sequence, timestamp, record) -> {
                        stateMachine.apply(sequence, timestamp, record);
                        counts[record.type().code()]++;
                    },
                    progress);
            return new LogVerification(log, byType(counts), stateMachine, System.nanoTime() - start);
        } catch (LogException e) {
            throw new PoroException(e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new PoroException("cannot replay the log " + path + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new PoroException("cannot read the log " + path + ": " + e, e);
        }
    }

    private static Map<EventType, Long> byType(long[] counts) {
        Map<EventType, Long> byType = new EnumMap<>(EventType.class);
        for (EventType type : EventType.values()) {
            byType.put(type, counts[type.code()]);
        }
        return byType;
    }

    /** What reading found: segments, sequences, verdict. */
    public RecoveryReport log() {
        return log;
    }

    /** Events that were applied, by type. */
    public Map<EventType, Long> eventsByType() {
        return eventsByType;
    }

    /** Events that were applied. */
    public long events() {
        return eventsByType.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Live keys at the end. */
    public long keys() {
        return keys;
    }

    /** The digest at the end. */
    public long digest() {
        return digest;
    }

    /** Whether the marks in the log were compared with the digest: only if the log was read from its first event. */
    public boolean digestsChecked() {
        return digestsChecked;
    }

    /** How the memory was used at the end. */
    public MemoryReport memory() {
        return memory;
    }

    /** How long the replay took. */
    public long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(elapsedNanos);
    }

    /** Events applied in a second. */
    public double eventsPerSecond() {
        return events() * 1e9 / Math.max(1, elapsedNanos);
    }
}
