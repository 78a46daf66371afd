package dev.poro.simulation;

import dev.poro.engine.Poro;
import dev.poro.wal.LogException;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;

/** A backup of a store in a simulation, broken off by a power cut of the disk that it goes to, and gone on with. */
final class SimulatedBackup {
    private final Poro store;
    private final WriteAheadLog log;
    private final SimulatedStorage source;

    SimulatedBackup(Poro store, WriteAheadLog log, SimulatedStorage source) {
        this.store = store;
        this.log = log;
        this.source = source;
    }

    /**
     * Makes it.
     *
     * @param crashAt at which of its changes the power fails
     * @param mayFail whether the source's disk is at fault
     * @return {@code null} if there is none, because that disk has failed or died
     */
    SimulatedStorage make(int seed, int crashAt, boolean mayFail) {
        SimulatedStorage target = new SimulatedStorage(seed);
        target.crashAt(crashAt);
        try {
            SimulatedStorage made = tryToMake(target);
            if (made == null && !source.hasCrashed()) {
                SimulationCoverage.BACKUPS_BROKEN_OFF.met();
                made = tryToMake(target.powerCut(seed));
            }
            if (made != null) {
                SimulationCoverage.BACKUPS_MADE.met();
            }
            return made;
        } catch (IOException | LogException | OutOfMemoryError failed) {
            if (!mayFail && !source.hasCrashed() && !SteppedWorkers.NO_THREAD.equals(failed.getMessage())) {
                throw new AssertionError("no backup", failed);
            }
            SimulationCoverage.BACKUPS_FAILED.met();
            return null;
        }
    }

    /** Returns {@code null} if one of the two disks has died. */
    private SimulatedStorage tryToMake(SimulatedStorage target) throws IOException {
        long before = store.sequence();
        SimulatedNewDirectory directory = new SimulatedNewDirectory(target);
        try {
            long last = log.newBackup(directory, ReplayProgress.NONE)
                    .run(LogVisitor.NONE)
                    .lastSequence();
            if (last < before || last > store.durableSequence()) {
                throw new AssertionError("a backup up to event " + last + ", of which " + before + " were acknowledged"
                        + " and " + store.durableSequence() + " are durable");
            }
        } catch (SimulatedStorage.Crash died) {
            return null;
        }
        return directory.published();
    }
}
