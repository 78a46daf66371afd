package dev.poro.engine;

import dev.poro.events.FailStop;
import dev.poro.wal.LogSettings;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.util.List;
import java.util.Random;

/**
 * A simulated machine on which a store dies at any operation of the disk, with the power or without. Whatever is left
 * to chance follows from a seed. Not thread-safe.
 */
public final class MortalMachine {
    private final Random random;
    private final SyncPolicy policy;
    private final Threading threading;
    private final boolean mapsSafely;
    private SimulatedStorage disk;
    private SteppedWorkers workers;

    public MortalMachine(long seed) {
        random = new Random(seed);
        policy = List.of(SyncPolicy.values()).get(random.nextInt(SyncPolicy.values().length));
        threading = random.nextBoolean() ? Threading.CALLER : Threading.DEDICATED;
        mapsSafely = random.nextBoolean();
        disk = new SimulatedStorage(seed);
        disk.mapsSafely(mapsSafely);
    }

    /** What all that happens on it is drawn from. */
    public Random random() {
        return random;
    }

    public SyncPolicy policy() {
        return policy;
    }

    public Threading threading() {
        return threading;
    }

    /** The disk as it is now: after a power cut it is another one. */
    public SimulatedStorage disk() {
        return disk;
    }

    /** Opens the log that is on the disk, whose background work is done in steps of {@link #work}. */
    public WriteAheadLog openLog(LogSettings settings, LogVisitor replay, ReplayProgress progress, FailStop failStop)
            throws IOException {
        workers = new SteppedWorkers();
        return WriteAheadLog.open(() -> {}, disk, workers, settings, replay, progress, failStop);
    }

    /** One of the log's workers does a step. */
    public void work() {
        workers.step(random.nextInt(workers.count()));
    }

    /** The process will die at one of the next operations of the disk. */
    public void dieWithin(int operations) {
        disk.crashAt(random.nextInt(operations));
    }

    /** What failed may have failed because the process is dead, and for no other reason. */
    public void requireDead(Throwable failure) {
        if (!disk.hasCrashed()) {
            throw new AssertionError("failed: " + failure.getMessage(), failure);
        }
    }

    /** The process dies. Closing the store gives back its memory, and changes nothing on the disk. */
    public void kill(Runnable close) {
        disk.crashAt(0);
        try {
            close.run();
        } catch (PoroException | SimulatedStorage.Crash dead) {
            // Even closing a file is too much for a dead process.
        }
        disk.restart();
    }

    /** What was not forced is gone, or some of it. */
    public void cutPower() {
        SimulatedStorage after = disk.powerCut(random.nextLong());
        disk.release();
        disk = after;
        disk.mapsSafely(mapsSafely);
    }

    /** Gives back the memory of the disk. */
    public void release() {
        disk.release();
    }
}
