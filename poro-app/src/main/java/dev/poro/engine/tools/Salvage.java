package dev.poro.engine.tools;

import dev.poro.engine.PoroBuilder;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.StoreLockedException;
import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineException;
import dev.poro.wal.LogException;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.Retention;
import dev.poro.wal.RewrittenLog;
import dev.poro.wal.ScanReport;
import dev.poro.wal.SnapshotReport;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/**
 * Makes a new log of all intact frames of a damaged one. The events get new sequences, because a log has no gaps, and
 * keep their order, their timestamps and their frames. Marks are left out, because they describe the old log. One
 * thread, used once.
 *
 * <p>A state machine applies the events with the sequences of the old log. It decides the guards that name a sequence:
 * the new log has the event without such a guard if the guard is met, and not at all if it is not. Everything else is
 * copied as it is. So the new log leads to the contents of the state machine, and can end with a mark of its own.
 *
 * <p>If events are missing that a snapshot covers, the new log begins with the contents of the snapshot: its memory
 * budget, then a set for each key. All of these have one timestamp, at which none of these keys has expired, and which
 * is not after that of the snapshot or of any later event. Keys that are due at the same time keep their order.
 */
public final class Salvage {
    private static final String REMEDY = "The log is unchanged, and there is no new one. Fix the cause and salvage"
            + " again; if the log's disk is failing, copy what can still be read and salvage the copy.";

    /** More than headers take. */
    private static final int OVERHEAD_OF_A_SEGMENT = 4_096;

    private final StateMachine stateMachine;
    private final long budgetIfLost;
    private final SequenceGuards guards;
    private final OwnRecord own = new OwnRecord();

    /** {@code null} in a dry run. */
    private TargetFactory targets;

    private RewrittenLog target;

    /** Bytes of the longest record that a snapshot needs, which may exceed those of all events. */
    private int longestEntry;

    /** The snapshot that the new log begins with; {@code null} if it begins with the old log's first event. */
    private SnapshotReport snapshot;

    private long lastSourceSequence;
    /** The latest that was seen; so the state machine and the new log have the same. */
    private long timestamp;

    private long wallClock;
    private long events;
    private long unmetEvents;
    private boolean complete = true;
    private long droppedMarks;
    private String disagreement;
    private long assumedBudget;
    private long refused;

    private Salvage(StateMachine stateMachine, long budgetIfLost) {
        this.stateMachine = stateMachine;
        this.budgetIfLost = budgetIfLost;
        this.guards = new SequenceGuards(stateMachine);
    }

    /**
     * Salvages a log. The source is only read, and no store may have it open meanwhile; a dry run may run on an open
     * one, and reports what a salvage of its current state would do.
     *
     * @param source a log directory, or one segment file
     * @param target the new log directory, which does not exist or is empty; may be {@code null} in a dry run
     * @param dryRun whether to write nothing
     * @param budgetIfLost the memory budget in bytes to assume if the source's first one is lost; 0 for that of
     *     {@link PoroBuilder#memory}
     * @throws StoreLockedException if a store has the source open and this is no dry run
     * @throws PoroException if there is no log, the source cannot be read or the target cannot be written; there is no
     *     target then
     */
    public static SalvageReport run(Path source, Path target, boolean dryRun, long budgetIfLost, Progress progress) {
        Objects.requireNonNull(source, "source");
        if (!dryRun) {
            Objects.requireNonNull(target, "target");
        }
        Objects.requireNonNull(progress, "progress");
        try (StateMachine stateMachine = new StateMachine(0)) {
            Salvage salvage = new Salvage(stateMachine, budgetIfLost > 0 ? budgetIfLost : PoroBuilder.defaultMemory());
            try {
                return salvage.copy(source, target, dryRun, new LogProgress(progress));
            } catch (IOException | LogException | OutOfMemoryError e) {
                throw PoroException.stopped(source, "salvaging", salvage.lastSourceSequence, e, REMEDY);
            } finally {
                salvage.guards.close();
                salvage.own.close();
            }
        }
    }

    private SalvageReport copy(Path source, Path directory, boolean dryRun, ReplayProgress progress)
            throws IOException {
        if (dryRun) {
            return copyFrom(source, directory, true, progress);
        }
        Closeable lock = LogInspector.lockForReading(source);
        try {
            return copyFrom(source, directory, false, progress);
        } finally {
            lock.close();
        }
    }

    private SalvageReport copyFrom(Path source, Path directory, boolean dryRun, ReplayProgress progress)
            throws IOException {
        try (LogInspector old = LogInspector.open(source)) {
            int segmentLength = old.segmentLength();
            if (directory != null) {
                RewrittenLog.requireUsable(source, directory);
            }
            if (!dryRun) {
                Retention retention = old.retention();
                targets = () -> {
                    int length = Math.max(segmentLength, longestEntry + OVERHEAD_OF_A_SEGMENT);
                    return RewrittenLog.create(source, directory, length, retention);
                };
            }
            try {
                ScanReport found = old.salvage(new Copier(), progress);
                finish();
                return report(found);
            } finally {
                if (target != null) {
                    target.close();
                }
            }
        }
    }

    /** Makes the new log. */
    private interface TargetFactory {
        RewrittenLog create() throws IOException;
    }

    /** The new log, which is made when it is needed first; {@code null} in a dry run. */
    private RewrittenLog target() throws IOException {
        if (target == null && targets != null) {
            target = targets.create();
        }
        return target;
    }

    /** Receives the intact frames, and writes them to the new log. */
    private final class Copier implements LogVisitor {
        private final Replay restore = new Replay(stateMachine);

        @Override
        public void onSnapshot(SnapshotReport begin) throws IOException {
            snapshot = begin;
            load(() -> restore.onSnapshot(begin));
        }

        @Override
        public void onEntry(long sequence, RecordFlyweight record) throws IOException {
            longestEntry = Math.max(longestEntry, record.length());
            load(() -> restore.onEntry(sequence, record));
        }

        @Override
        public void onSnapshotEnd() throws IOException {
            load(restore::onSnapshotEnd);
            lastSourceSequence = snapshot.summary().sequence();
            writeSnapshot();
            onFrameEnd();
            timestamp = snapshot.summary().timestamp();
        }

        @Override
        public void onSnapshotBroken() {
            restore.onSnapshotBroken();
        }

        private void load(Runnable step) throws IOException {
            try {
                step.run();
            } catch (StateMachineException e) {
                throw new IOException(
                        snapshot.file() + ": " + e.getMessage() + ". Move this snapshot out of the directory.", e);
            }
        }

        @Override
        public void onFrame(int version, long ofFrame, long wallClockOfFrame) {
            timestamp = Math.max(timestamp, ofFrame);
            wallClock = wallClockOfFrame;
        }

        @Override
        public void onRecord(long sequence, long ofFrame, RecordFlyweight record) throws IOException {
            complete &= sequence == lastSourceSequence + 1;
            lastSourceSequence = sequence;
            if (record.type().isMark()) {
                compare(sequence - 1, record);
            } else if (isImpossibleBudget(record)) {
                disagree(
                        "the memory budget of sequence " + sequence + " is one that no store accepts; it was left out");
            } else {
                if (events == 0 && !complete && record.type() != EventType.MEMORY_BUDGET) {
                    assumeBudget(sequence - 1);
                }
                copy(sequence, record);
            }
        }

        @Override
        public void onMark(long nextSequence, long ofFrame, RecordFlyweight mark) {
            complete &= nextSequence == lastSourceSequence + 1;
            compare(nextSequence - 1, mark);
        }

        @Override
        public void onFrameEnd() throws IOException {
            if (target() != null) {
                target.endFrame();
            }
        }
    }

    /** Writes the contents of the state machine. */
    private void writeSnapshot() throws IOException {
        StateSummary summary = snapshot.summary();
        boolean anyExpires = stateMachine.expiringKeys() > 0;
        timestamp = anyExpires ? Math.min(summary.timestamp(), stateMachine.nextExpiry() - 1) : summary.timestamp();
        wallClock = snapshot.latestWallClock(); // so that a time means the same in the new log
        // The budget may have been lowered below what was there already.
        long needed = Math.max(summary.memoryBudget(), summary.memoryUsed());
        append(own.budget(needed));
        try {
            stateMachine.forEachByExpiry((key, value, details) -> {
                try {
                    append(
                            details.expires()
                                    ? own.set(RecordFlags.ABSOLUTE_EXPIRY, details.expiry(), key, value)
                                    : own.set(RecordFlags.NO_EXPIRY, 0, key, value));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (summary.memoryBudget() < needed) {
            append(own.budget(summary.memoryBudget()));
        }
    }

    private void copy(long sequence, RecordFlyweight record) throws IOException {
        boolean isGuarded = guards.areIn(record);
        RecordFlyweight copied = isGuarded ? guards.decide(record, timestamp) : record;
        Outcome outcome = apply(sequence, record);
        boolean isWithout = copied == null || !outcome.isAccepted() || stateMachine.isAnswered();
        // The clients count in the old log only: what it has rejected for them might fit into the new one.
        boolean isRejectedForClients = outcome == Outcome.OUT_OF_MEMORY && stateMachine.clients() > 0;
        if (isRejectedForClients || (isGuarded && isWithout)) {
            unmetEvents++;
        } else {
            append(copied);
        }
    }

    private Outcome apply(long sequence, RecordFlyweight record) {
        if (sequence != stateMachine.appliedSequence() + 1) {
            stateMachine.skipTo(sequence);
        }
        Outcome outcome = stateMachine.apply(sequence, timestamp, record);
        refused += outcome == Outcome.OUT_OF_MEMORY ? 1 : 0;
        return outcome;
    }

    private void append(RecordFlyweight record) throws IOException {
        events++;
        if (target() != null) {
            target.append(timestamp, wallClock, record);
        }
    }

    /** Begins with a memory budget: without one, no set has any effect. */
    private void assumeBudget(long sequence) throws IOException {
        assumedBudget = budgetIfLost;
        RecordFlyweight budget = own.budget(budgetIfLost);
        apply(sequence, budget);
        append(budget);
    }

    private static boolean isImpossibleBudget(RecordFlyweight record) {
        return record.type() == EventType.MEMORY_BUDGET
                && Long.compareUnsigned(record.memoryBudget(), StateMachine.MAX_MEMORY_BUDGET) > 0;
    }

    /** Leaves a mark out; compares it with the state, unless events were lost before it. */
    private void compare(long sequence, RecordFlyweight mark) {
        droppedMarks++;
        if (complete && (mark.markDigest() != stateMachine.digest() || mark.markKeys() != stateMachine.keys())) {
            disagree(String.format(
                    Locale.ROOT,
                    "the %s after sequence %d states %d keys with digest %016x, but there are %d with digest %016x",
                    mark.type(),
                    sequence,
                    mark.markKeys(),
                    mark.markDigest(),
                    stateMachine.keys(),
                    stateMachine.digest()));
        }
    }

    private void disagree(String what) {
        disagreement = disagreement == null ? what : disagreement;
    }

    private void finish() throws IOException {
        if (target() != null) {
            target.finish(own.closeMark(events, digest(), stateMachine.keys()));
        }
    }

    private SalvageReport report(ScanReport found) {
        return new SalvageReport(
                found,
                snapshot,
                events,
                unmetEvents,
                droppedMarks,
                disagreement,
                assumedBudget,
                refused,
                stateMachine.keys(),
                digest());
    }

    /** Of the new log, which has no clients. */
    private long digest() {
        return stateMachine.digest() - stateMachine.digestOfClients();
    }
}
