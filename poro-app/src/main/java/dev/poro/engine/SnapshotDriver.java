package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.SnapshotSink;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.SnapshotSource;

/**
 * Drives the snapshots of the state machine. While many events are applied, the writer takes the steps of a snapshot
 * between them. While there are few or none, this class publishes cancelled events: they pass through the ring, are not
 * logged, and make the single writer take some steps, whichever thread that is.
 */
final class SnapshotDriver implements SnapshotSource {
    /** The approximate number of events between two calls that advance a snapshot as far as one cancelled event. */
    private static final int MANY_EVENTS = 256;

    private final EventRing ring;
    private final HandlerRunner runner;
    private final StateMachineHandler handler;
    private final StateMachine stateMachine;
    private long lastApplied;

    SnapshotDriver(EventRing ring, HandlerRunner runner, StateMachineHandler handler, StateMachine stateMachine) {
        this.ring = ring;
        this.runner = runner;
        this.handler = handler;
        this.stateMachine = stateMachine;
    }

    @Override
    public long liveLength() {
        return stateMachine.memoryUsed();
    }

    @Override
    public void begin(SnapshotSink sink) {
        handler.takeSnapshot(sink);
    }

    @Override
    public boolean advance() {
        long applied = stateMachine.appliedSequence();
        long events = applied - lastApplied;
        lastApplied = applied;
        if (events >= MANY_EVENTS) {
            return false;
        }
        long ringSequence = ring.tryClaim();
        if (ringSequence == EventRing.FULL) {
            runner.awaitCapacity(0);
            return false;
        }
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
        runner.published();
        runner.awaitApplied(ringSequence);
        return events == 0;
    }
}
