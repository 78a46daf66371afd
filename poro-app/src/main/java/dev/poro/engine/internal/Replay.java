package dev.poro.engine.internal;

import dev.poro.events.ChangeSink;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.PrefetchGroup;
import dev.poro.statemachine.SnapshotRestorer;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.SnapshotReport;

/** Fills an empty state machine from a log: from a snapshot, if there is one, and the events after it. */
public class Replay implements LogVisitor {
    private final StateMachine stateMachine;
    private final PrefetchGroup upcoming;
    private final SnapshotRestorer restorer;
    /** {@code null} if there is no change log. */
    private ChangeSink changes;

    private long latestWallClock = Long.MIN_VALUE;

    /** @param stateMachine an empty one */
    public Replay(StateMachine stateMachine) {
        this.stateMachine = stateMachine;
        this.upcoming = new PrefetchGroup(stateMachine);
        this.restorer = new SnapshotRestorer(stateMachine, Replay::runBeside);
    }

    private static void runBeside(Runnable task) {
        try {
            Thread thread = new Thread(task, "poro-touch");
            thread.setDaemon(true);
            thread.start();
        } catch (OutOfMemoryError noThread) {
            // Loading goes on without it.
        }
    }

    @Override
    public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
        upcoming.fetch();
        stateMachine.apply(sequence, timestamp, record);
    }

    @Override
    public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) {
        upcoming.fetch();
        stateMachine.checkMark(mark);
    }

    @Override
    public void onFrame(int version, long timestamp, long wallClock) {
        if (changes != null) {
            latestWallClock = Math.max(latestWallClock, wallClock);
            changes.latestWallClock(latestWallClock);
        }
    }

    @Override
    public void onChangeLog(ChangeSink sink) {
        changes = sink;
        stateMachine.handChangesTo(sink);
    }

    @Override
    public void onUpcoming(RecordFlyweight record) {
        upcoming.add(record);
    }

    @Override
    public void onSnapshot(SnapshotReport snapshot) {
        latestWallClock = snapshot.latestWallClock();
        restorer.begin(snapshot.summary());
    }

    @Override
    public void onEntry(long sequence, RecordFlyweight record) {
        restorer.restore(sequence, record);
    }

    @Override
    public void onSnapshotEnd() {
        restorer.end();
    }

    @Override
    public void onSnapshotBroken() {
        restorer.abandon();
    }
}
