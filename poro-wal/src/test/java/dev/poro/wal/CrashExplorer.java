package dev.poro.wal;

import dev.poro.events.FailStop;
import dev.poro.wal.simulated.PendingChange;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Lets a log crash at one moment in every way that is possible then, recovers it each time, and checks what comes back.
 * At every change that a recovery makes, the log crashes once more, and is recovered again.
 *
 * <p>A crash of the process leaves all that was written; one of the power, any of what is pending: every subset up to
 * a number of changes, and a seeded sample beyond. Disks that look the same are recovered once.
 */
final class CrashExplorer {
    private final LogSettings settings;
    private final WrittenLog written;
    private final Random random;
    private final int allSubsetsUpTo;
    private final int nestedEvery;
    private final long deadline;
    private final Set<Long> seen = new HashSet<>();

    private int crashes;
    private int worlds;
    private int nestedWorlds;
    private int sampledCrashes;
    private int cuts;
    private AssertionError failure;

    /**
     * @param allSubsetsUpTo so many pending changes; beyond, as many subsets as these would have are sampled
     * @param nestedEvery of so many recoveries one is itself broken off, at each of its changes
     * @param deadline after which nothing is explored any more
     */
    CrashExplorer(
            LogSettings settings,
            WrittenLog written,
            Random random,
            int allSubsetsUpTo,
            int nestedEvery,
            long deadline) {
        this.settings = settings;
        this.written = written;
        this.random = random;
        this.allSubsetsUpTo = allSubsetsUpTo;
        this.nestedEvery = nestedEvery;
        this.deadline = deadline;
    }

    /** Moments at which the log crashed. */
    int crashes() {
        return crashes;
    }

    /** Of these, those with more pending changes than all subsets were tried of. */
    int sampledCrashes() {
        return sampledCrashes;
    }

    /** Disks that were recovered. */
    int worlds() {
        return worlds;
    }

    /** Disks that were left by a crash during a recovery. */
    int nestedWorlds() {
        return nestedWorlds;
    }

    /** Recoveries that cut a tail off. */
    int cuts() {
        return cuts;
    }

    /** What was found, or {@code null}. Whoever writes the log may have taken it for a failure of the disk. */
    AssertionError failure() {
        return failure;
    }

    boolean isOutOfTime() {
        return System.nanoTime() > deadline;
    }

    /**
     * The log crashes now, in every way.
     *
     * @param promised events survive the power cut
     * @param handedOver events survive the death of the process
     */
    void crash(SimulatedStorage storage, long promised, long handedOver, String moment) {
        if (isOutOfTime()) {
            return;
        }
        crashes++;
        try {
            explore(storage.fork(), new Crash(handedOver, promised, moment + ", killed"));
            forEachPowerCut(
                    storage,
                    allSubsetsUpTo,
                    (after, left) ->
                            explore(after, new Crash(promised, promised, moment + ", power cut, left " + left)));
        } catch (AssertionError e) {
            failure = failure == null ? e : failure;
            throw e;
        } catch (IOException e) {
            failure = new AssertionError(moment, e);
            throw failure;
        }
    }

    /**
     * What a crash may cost.
     *
     * @param present so many events must come back
     * @param promised so many, should the power fail before the log serves again
     */
    private record Crash(long present, long promised, String moment) {}

    private interface PowerCut {
        void accept(SimulatedStorage after, String left) throws IOException;
    }

    private void forEachPowerCut(SimulatedStorage storage, int allUpTo, PowerCut cut) throws IOException {
        List<PendingChange> pending = storage.pending();
        boolean all = pending.size() <= allUpTo;
        if (!all && allUpTo == allSubsetsUpTo) {
            sampledCrashes++;
        }
        long count = 1L << Math.min(allUpTo, pending.size());
        for (long subset = 0; subset < count && !isOutOfTime(); subset++) {
            BitSet kept = all ? BitSet.valueOf(new long[] {subset}) : PendingChange.sample(pending, random);
            cut.accept(storage.powerCut(pending, kept), kept + " of " + pending);
        }
    }

    private void explore(SimulatedStorage world, Crash crash) throws IOException {
        if (!seen.add(fingerprint(world) ^ crash.present() << 32)) {
            world.release();
            return;
        }
        worlds++;
        NestedCrashes during = worlds % nestedEvery == 0 ? new NestedCrashes(world, crash) : null;
        world.observe(during);
        long count = recover(world, crash, world.contents());
        if (during != null) {
            during.requireCount(count);
        }
    }

    /**
     * Opens the log, checks, and returns how many events came back. The world is not needed any more.
     *
     * @param toKeep what the files held that this opening, or one before it, may have cut something off
     */
    private long recover(SimulatedStorage world, Crash crash, Map<String, ByteBuffer> toKeep) throws IOException {
        WrittenLog.Check check = written.check();
        RecoveryReport report;
        try {
            report = WriteAheadLog.open(
                            () -> {}, world, new SteppedWorkers(), settings, check, ReplayProgress.NONE, new FailStop())
                    .recovery();
        } catch (LogDamagedException | AssertionError e) {
            throw new AssertionError(crash.moment() + ": " + e.getMessage(), e);
        }
        world.observe(null);
        if (check.sequence() < crash.present()) {
            throw new AssertionError(crash + ": only " + check.sequence() + " came back");
        }
        if (report.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            cuts++;
        }
        requireServedIsDurable(world, check.sequence(), toKeep, crash.moment());
        world.release();
        return check.sequence();
    }

    /**
     * The power fails right after the opening: what was served is there, and so is the copy of what was not; no strict
     * opening finds fault with it.
     */
    private void requireServedIsDurable(
            SimulatedStorage world, long count, Map<String, ByteBuffer> toKeep, String moment) throws IOException {
        SimulatedStorage after = world.powerCut(world.pending(), new BitSet());
        WrittenLog.Check check = written.check();
        ReadPlan start = new SnapshotLoader(after, check, ReplayProgress.NONE, new SteppedWorkers()).loadForHistory();
        RecoveryReport report = new LogCheck(after, start, check, ReplayProgress.NONE).examine(RecoveryMode.STRICT);
        if (report.verdict() != RecoveryReport.Verdict.SOUND || check.sequence() != count) {
            throw new AssertionError(moment + ": opened with " + count + " events, then " + report);
        }
        Quarantine.requireHolds(toKeep, after.contents(), moment);
        after.release();
    }

    private static long fingerprint(SimulatedStorage world) {
        CRC32C crc = new CRC32C();
        long names = 1;
        for (Map.Entry<String, ByteBuffer> file : world.contents().entrySet()) {
            names = names * 31 + file.getKey().hashCode();
            crc.update(file.getValue());
        }
        return names * 0x9E37_79B9_7F4A_7C15L
                ^ crc.getValue()
                ^ (world.pending().isEmpty() ? 0 : 1L << 40);
    }

    /** The crashes at every change of a recovery: whatever each leaves, the events that come back are the same. */
    private final class NestedCrashes implements Consumer<SimulatedOperation> {
        private static final int SUBSETS_OF = 3;

        private final SimulatedStorage world;
        private final Crash outer;
        private final boolean wasForced;
        private final Map<String, ByteBuffer> before;
        private long least = Long.MAX_VALUE;
        private long most = -1;

        NestedCrashes(SimulatedStorage world, Crash outer) {
            this.world = world;
            this.outer = outer;
            this.wasForced = world.pending().isEmpty();
            this.before = world.contents();
        }

        @Override
        public void accept(SimulatedOperation operation) {
            if (!operation.kind().isChange()) {
                return;
            }
            String moment = outer.moment() + ", then in recovery before " + operation;
            try {
                nested(world.fork(), new Crash(outer.present(), outer.promised(), moment + ", killed"));
                long present = wasForced ? outer.present() : outer.promised();
                forEachPowerCut(
                        world,
                        SUBSETS_OF,
                        (after, left) ->
                                nested(after, new Crash(present, outer.promised(), moment + ", left " + left)));
            } catch (IOException e) {
                throw new AssertionError(moment, e);
            }
        }

        private void nested(SimulatedStorage left, Crash crash) throws IOException {
            nestedWorlds++;
            // Of what was not forced, a second crash may take a part.
            long count = recover(left, crash, wasForced ? before : left.contents());
            least = Math.min(least, count);
            most = Math.max(most, count);
        }

        void requireCount(long count) {
            if (wasForced && most >= 0 && (least != count || most != count)) {
                throw new AssertionError(outer.moment() + ": " + count + " events come back, but from " + least + " to "
                        + most + " after a crash of the recovery");
            }
        }
    }
}
