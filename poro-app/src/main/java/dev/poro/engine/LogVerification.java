package dev.poro.engine;

import dev.poro.events.EventType;
import dev.poro.statemachine.MemoryReport;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogProblem;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.ScanReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A log, replayed through the same state machine as a store's, without opening it: takes no lock, writes nothing. A
 * store may write to it meanwhile; the log is read as it stood at the beginning. Holds what came out. Immutable.
 */
public final class LogVerification {
    private final RecoveryReport log;
    private final List<LogProblem> problems;
    private final long problemCount;
    private final List<String> strayFiles;
    private final Map<EventType, Long> eventsByType;
    private final long keys;
    private final long digest;
    private final boolean digestsChecked;
    private final MemoryReport memory;
    private final long elapsedNanos;
    private final List<SnapshotVerification> snapshots;

    private LogVerification(
            RecoveryReport log,
            Map<EventType, Long> eventsByType,
            StateMachine stateMachine,
            long elapsedNanos,
            List<LogProblem> problems,
            long problemCount,
            List<String> strayFiles,
            List<SnapshotVerification> snapshots) {
        this.log = log;
        this.snapshots = snapshots;
        this.problems = problems;
        this.problemCount = problemCount;
        this.strayFiles = strayFiles;
        this.eventsByType = Map.copyOf(eventsByType);
        this.keys = stateMachine.keys();
        this.digest = stateMachine.digest();
        this.digestsChecked = stateMachine.verifiesMarks();
        this.memory = stateMachine.memoryReport();
        this.elapsedNanos = elapsedNanos;
    }

    /**
     * Replays all that there is of a log, from its first event or, where the first segments were released, from the
     * oldest snapshot that stands for them; and checks the snapshots against that.
     *
     * @param path as {@link #ofLog} takes it
     * @throws PoroException if there is no log or it cannot be read
     */
    public static LogVerification of(Path path, ReplayProgress progress) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(progress, "progress");
        return of(path, true, progress);
    }

    /**
     * Replays all that there is of a log and, if it is not sound, reads on behind the first problem to find all the
     * others.
     *
     * @param path a log directory, or one segment file; of a segment that is not the first the digests cannot be
     *     checked, because what came before is missing
     * @throws PoroException if there is no log or it cannot be read
     */
    public static LogVerification ofLog(Path path, ReplayProgress progress) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(progress, "progress");
        return of(path, false, progress);
    }

    private static LogVerification of(Path path, boolean withSnapshots, ReplayProgress progress) {
        try (StateMachine stateMachine = new StateMachine(0)) {
            try {
                return of(path, withSnapshots, stateMachine, progress);
            } catch (IOException | LogException | OutOfMemoryError e) {
                throw PoroException.stopped(path, "reading", stateMachine.appliedSequence(), e, LogEvents.REMEDY);
            }
        }
    }

    private static LogVerification of(
            Path path, boolean withSnapshots, StateMachine stateMachine, ReplayProgress progress) throws IOException {
        try (LogInspector inspector = LogInspector.open(path)) {
            CheckedReplay replay = new CheckedReplay(stateMachine, inspector.snapshots());
            long start = System.nanoTime();
            RecoveryReport log = inspector.replay(replay, progress);
            long elapsedNanos = System.nanoTime() - start;
            ScanReport scan =
                    log.verdict() == RecoveryReport.Verdict.SOUND ? null : inspector.scan(LogVisitor.NONE, progress);
            List<LogProblem> problems = scan == null ? List.of() : problemsOf(log, scan);
            return new LogVerification(
                    log,
                    replay.eventsByType(),
                    stateMachine,
                    elapsedNanos,
                    problems,
                    scan == null
                            ? 0
                            : scan.problemCount()
                                    + problems.size()
                                    - scan.problems().size(),
                    inspector.strayFiles(),
                    withSnapshots ? SnapshotVerification.of(path, inspector, log, replay, progress) : List.of());
        }
    }

    /** A scan applies nothing: that a replay does not reach what a mark states, only opening finds. */
    private static List<LogProblem> problemsOf(RecoveryReport log, ScanReport scan) {
        boolean listed = scan.problems().stream()
                .anyMatch(problem -> problem.file().equals(log.file()) && problem.offset() == log.offset());
        if (listed) {
            return scan.problems();
        }
        List<LogProblem> problems = new ArrayList<>();
        problems.add(new LogProblem(log.file(), log.offset(), 0, LogProblem.NONE, LogProblem.NONE, log.description()));
        problems.addAll(scan.problems());
        return List.copyOf(problems);
    }

    /** What reading found: segments, sequences, verdict. */
    public RecoveryReport log() {
        return log;
    }

    /**
     * Everything that is wrong with the log, the first thousand in the order of the log; empty if it is sound. Digest
     * marks behind the first problem were not checked.
     */
    public List<LogProblem> problems() {
        return problems;
    }

    /** How many problems there are. */
    public long problemCount() {
        return problemCount;
    }

    /** The snapshots beside the log, oldest first, and what came of checking them. */
    public List<SnapshotVerification> snapshots() {
        return snapshots;
    }

    /** Names of files beside the segments: what an opening cut off and kept, and what a crash left unfinished. */
    public List<String> strayFiles() {
        return strayFiles;
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

    /**
     * Whether the marks in the log were compared with the digest: only if the log was read from its first event, or
     * from a snapshot on.
     */
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
