package dev.poro.engine.tools;

import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.LogRestore;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.RestoreReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/**
 * Makes a new store with the contents that another one had at some point of its history. The new log has an identity of
 * its own, because a new history begins.
 */
public final class Restore {
    private static final String REMEDY =
            "The log is unchanged, and there is no new one. Fix the cause, or free space, and try again.";

    private Restore() {}

    /**
     * Restores a store. The source, a log or a backup of one, is only read.
     *
     * @param source a log directory
     * @param target the directory of the new log, which does not exist or is empty; may be {@code null} in a dry run
     * @param dryRun whether to write nothing
     * @throws PoroException if there is no log, the part of it that is needed is missing or damaged, the target cannot
     *     be used, or a disk fails or is full; there is no new log then
     */
    public static RestoredStoreReport run(
            Path source, Path target, RestorePoint point, boolean dryRun, Progress progress) {
        Objects.requireNonNull(source, "source");
        if (!dryRun) {
            Objects.requireNonNull(target, "target");
        }
        Objects.requireNonNull(point, "point");
        Objects.requireNonNull(progress, "progress");
        long[] reached = new long[1];
        try (LogRestore restore = LogRestore.of(source, target, point, dryRun, new LogProgress(progress))) {
            RestoredStoreReport restored = read(restore, dryRun, reached);
            if (!dryRun) {
                check(restore, restored);
                restore.publish();
            }
            return restored;
        } catch (IOException | LogException | OutOfMemoryError e) {
            throw PoroException.stopped(source, "restoring", reached[0], e, REMEDY);
        }
    }

    private static RestoredStoreReport read(LogRestore restore, boolean dryRun, long[] reached) throws IOException {
        try (StateMachine stateMachine = new StateMachine(0)) {
            RestoreReport history;
            try {
                history = restore.read(new Replay(stateMachine));
            } finally {
                reached[0] = stateMachine.appliedSequence();
            }
            if (!dryRun) {
                finish(restore, stateMachine);
            }
            return new RestoredStoreReport(history, stateMachine.keys(), stateMachine.digest());
        }
    }

    private static void finish(LogRestore restore, StateMachine stateMachine) throws IOException {
        ByteBuffer mark = RawMemory.allocateBuffer(RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH));
        long address = RawMemory.addressOf(mark);
        RecordEncoder.encodeMark(
                address,
                EventType.CLEAN_CLOSE,
                stateMachine.appliedSequence(),
                stateMachine.digest(),
                stateMachine.keys());
        restore.finish(new RecordFlyweight().wrap(address));
        RawMemory.release(mark);
    }

    private static void check(LogRestore restore, RestoredStoreReport expected) throws IOException {
        try (StateMachine stateMachine = new StateMachine(0)) {
            restore.check(new Replay(stateMachine));
            if (stateMachine.keys() != expected.keys() || stateMachine.digest() != expected.digest()) {
                throw new IOException(String.format(
                        Locale.ROOT,
                        "the new log has %d keys with digest %016x, the state had %d with digest %016x",
                        stateMachine.keys(),
                        stateMachine.digest(),
                        expected.keys(),
                        expected.digest()));
            }
        }
    }
}
