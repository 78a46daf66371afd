package dev.poro.engine.tools;

import dev.poro.engine.PoroBuilder;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.StoreLockedException;
import dev.poro.engine.internal.LogProgress;
import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.RewrittenLog;
import dev.poro.wal.ScanReport;
import dev.poro.wal.SnapshotReport;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/**
 * Makes a new log of all intact frames of a damaged one. The events get new sequences, because a log has no gaps, and
 * keep their order, their timestamps and their frames. Marks are left out, because they describe the old log. A state
 * machine applies the events, so that the new log can end with a mark of its own. One thread, used once.
 *
 * <p>If events are missing that a snapshot covers, the new log begins with the contents of the snapshot: its memory
 * budget, then a set for each key. All of these have the snapshot's timestamp, which is not after that of any later
 * event.
 */
public final class Salvage {
    /** The longest record that this class writes itself. */
    private static final int MARK_RECORD_LENGTH = RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH);

    private static final String REMEDY = "The log is unchanged, and there is no new one. Fix the cause and salvage"
            + " again; if the log's disk is failing, copy what can still be read and salvage the copy.";

    private final StateMachine stateMachine;
    private final long budgetIfLost;
    private final ByteBuffer ownRecord = RawMemory.allocateBuffer(MARK_RECORD_LENGTH);
    private final long ownAddress = RawMemory.addressOf(ownRecord);
    private final RecordFlyweight own = new RecordFlyweight();

    /** {@code null} in a dry run. */
    private RewrittenLog target;

    /** The snapshot that the new log begins with; {@code null} if it begins with the old log's first event. */
    private SnapshotReport snapshot;

    private long lastSequence;
    private long lastSourceSequence;
    private long lastTimestamp;
    private long events;
    private boolean complete = true;
    private long droppedMarks;
    private String disagreement;
    private long assumedBudget;
    private long refusedSets;

    private Salvage(StateMachine stateMachine, long budgetIfLost) {
        this.stateMachine = stateMachine;
        this.budgetIfLost = budgetIfLost;
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
            try (RewrittenLog log =
                    dryRun ? null : RewrittenLog.create(source, directory, segmentLength, old.retention())) {
                target = log;
                ScanReport found = old.salvage(new Copier(), progress);
                finish();
                return report(found);
            }
        }
    }

    /** Receives the intact frames, and writes them to the new log. */
    private final class Copier implements LogVisitor {
        @Override
        public void onSnapshot(SnapshotReport begin) throws IOException {
            snapshot = begin;
            lastTimestamp = begin.summary().timestamp();
            // The budget may have been lowered below what was there already.
            long needed =
                    Math.max(begin.summary().memoryBudget(), begin.summary().memoryUsed());
            appendBudget(Math.min(needed, StateMachine.MAX_MEMORY_BUDGET));
        }

        @Override
        public void onEntry(long sequence, RecordFlyweight record) throws IOException {
            append(record);
        }

        @Override
        public void onSnapshotEnd() throws IOException {
            StateSummary summary = snapshot.summary();
            if (summary.memoryBudget() < stateMachine.memoryBudget()) {
                appendBudget(summary.memoryBudget());
            }
            onFrameEnd();
            lastSourceSequence = summary.sequence();
            if (summary.digest() != stateMachine.digest() || summary.keys() != stateMachine.keys()) {
                disagree(String.format(
                        Locale.ROOT,
                        "%s states %d keys with digest %016x, but there are %d with digest %016x",
                        snapshot.file(),
                        summary.keys(),
                        summary.digest(),
                        stateMachine.keys(),
                        stateMachine.digest()));
            }
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
            complete &= sequence == lastSourceSequence + 1;
            lastSourceSequence = sequence;
            lastTimestamp = timestamp;
            if (record.type() == EventType.CLEAN_CLOSE || record.type() == EventType.DIGEST_MARK) {
                droppedMarks++;
                compare(sequence, record);
            } else if (isImpossibleBudget(record)) {
                disagree(
                        "the memory budget of sequence " + sequence + " is one that no store accepts; it was left out");
            } else {
                if (lastSequence == 0 && !complete && record.type() != EventType.MEMORY_BUDGET) {
                    assumeBudget();
                }
                append(record);
            }
        }

        @Override
        public void onFrameEnd() throws IOException {
            if (target != null) {
                target.endFrame();
            }
        }
    }

    private void append(RecordFlyweight record) throws IOException {
        Outcome outcome = stateMachine.apply(++lastSequence, lastTimestamp, record);
        events++;
        refusedSets += outcome == Outcome.OUT_OF_MEMORY ? 1 : 0;
        if (target != null) {
            target.append(lastTimestamp, record);
        }
    }

    /** Writes a memory budget first: without one, no set has any effect. */
    private void assumeBudget() throws IOException {
        assumedBudget = budgetIfLost;
        appendBudget(budgetIfLost);
    }

    private void appendBudget(long bytes) throws IOException {
        RecordEncoder.encodeMemoryBudget(ownAddress, bytes);
        append(own.wrap(ownAddress));
    }

    private static boolean isImpossibleBudget(RecordFlyweight record) {
        return record.type() == EventType.MEMORY_BUDGET
                && Long.compareUnsigned(record.memoryBudget(), StateMachine.MAX_MEMORY_BUDGET) > 0;
    }

    /** Compares a mark with the state, unless events were lost before it. */
    private void compare(long sequence, RecordFlyweight mark) {
        if (complete && (mark.markDigest() != stateMachine.digest() || mark.markKeys() != stateMachine.keys())) {
            disagree(String.format(
                    Locale.ROOT,
                    "the %s at sequence %d states %d keys with digest %016x, but there are %d with digest %016x",
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
        RecordEncoder.encodeMark(
                ownAddress, EventType.CLEAN_CLOSE, lastSequence, stateMachine.digest(), stateMachine.keys());
        lastSequence++;
        if (target != null) {
            target.finish(own.wrap(ownAddress));
        }
    }

    private SalvageReport report(ScanReport found) {
        return new SalvageReport(
                found,
                snapshot,
                events,
                lastSequence,
                droppedMarks,
                disagreement,
                assumedBudget,
                refusedSets,
                stateMachine.keys(),
                stateMachine.digest());
    }
}
