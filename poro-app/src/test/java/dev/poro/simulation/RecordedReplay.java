package dev.poro.simulation;

import dev.poro.events.ChangeSink;
import dev.poro.events.RecordFlyweight;
import dev.poro.simulation.SimulationOracle.Change;
import dev.poro.wal.ForkedLog;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.SnapshotReport;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes down the events that are replayed when a store is opened, and those that a snapshot stands for, which the log
 * still has.
 */
final class RecordedReplay implements LogVisitor {
    private final SimulatedStorage disk;
    private final ForkedLog log;
    private final LogVisitor replay;
    private final List<Change> changes = new ArrayList<>();
    private SnapshotReport snapshot;
    private boolean knowsAll = true;

    RecordedReplay(SimulatedStorage disk, ForkedLog log, LogVisitor replay) {
        this.disk = disk;
        this.log = log;
        this.replay = replay;
    }

    /** In their order. */
    List<Change> changes() {
        return changes;
    }

    /** Whether {@link #changes} are all that led to the store's contents. */
    boolean knowsAll() {
        return knowsAll;
    }

    @Override
    public void onFrame(int version, long timestamp, long wallClock) throws IOException {
        replay.onFrame(version, timestamp, wallClock);
    }

    @Override
    public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
        changes.add(new Change(sequence, timestamp, record));
        replay.onRecord(sequence, timestamp, record);
    }

    @Override
    public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) throws IOException {
        replay.onMark(nextSequence, timestamp, mark);
    }

    @Override
    public void onUpcoming(RecordFlyweight record) {
        replay.onUpcoming(record);
    }

    @Override
    public void onChangeLog(ChangeSink changeLog) {
        replay.onChangeLog(changeLog);
    }

    @Override
    public void onSnapshot(SnapshotReport begun) throws IOException {
        snapshot = begun;
        replay.onSnapshot(begun);
    }

    @Override
    public void onEntry(long sequence, RecordFlyweight record) throws IOException {
        replay.onEntry(sequence, record);
    }

    @Override
    public void onSnapshotEnd() throws IOException {
        replay.onSnapshotEnd();
        SimulationCoverage.SNAPSHOTS_LOADED.met();
        CoveredEvents covered = new CoveredEvents();
        knowsAll = log.readThrough(snapshot.summary().sequence(), disk, covered);
        if (knowsAll && covered.latestWallClock != snapshot.latestWallClock()) {
            throw new AssertionError("the clock had shown " + covered.latestWallClock + " at most, but " + snapshot);
        }
    }

    /** Takes down the events that the snapshot stands for, and what the clock had shown by then. */
    private final class CoveredEvents implements LogVisitor {
        private long ofFrames = Long.MIN_VALUE;
        private long latestWallClock = Long.MIN_VALUE;

        @Override
        public void onFrame(int version, long timestamp, long ofFrame) {
            ofFrames = Math.max(ofFrames, ofFrame); // a mark's, too
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            latestWallClock = ofFrames;
            changes.add(new Change(sequence, timestamp, record));
        }
    }

    @Override
    public void onSnapshotBroken() {
        SimulationCoverage.SNAPSHOTS_PASSED_OVER.met();
        replay.onSnapshotBroken();
    }
}
