package dev.poro.statemachine;

import com.lmax.disruptor.EventHandler;
import dev.poro.events.ChangeSink;
import dev.poro.events.EventRing;
import dev.poro.events.EventRun;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.KeyEventListener;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SnapshotSink;
import dev.poro.events.ValueTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The second handler of the {@link EventRing}: applies the events that were journaled, does the reads that the journal
 * passed over, skips the others, and completes each with its outcome. After a failure nothing is applied or
 * acknowledged any more. No exception reaches Disruptor, which would continue with the next event.
 *
 * <p>While a snapshot is in progress, the handler takes a step of it after every few events, so that events and
 * snapshot share the time of the single writer. At a cancelled event it takes more steps: the snapshot publishes these
 * when there are no other events.
 *
 * <p>Readers who want the contents at one moment get them at cancelled events alone, which they publish when they need
 * the next entries. So other events do not wait for a reader, but for the copies of what they change.
 *
 * <p>Run by one thread at a time: the single writer of the {@link StateMachine}.
 */
public final class StateMachineHandler implements EventHandler<EventSlot> {
    private static final int EVENTS_PER_STEP = 16;
    /**
     * The same limit in bytes of records, so that a snapshot progresses with the log whatever the length of the values.
     */
    private static final int BYTES_PER_STEP = 8 << 10;

    private static final int STEPS_AT_CANCELLED_EVENT = 16;
    private static final long NONE_APPLIED = Long.MIN_VALUE;

    private final StateMachine stateMachine;
    private final EventRing ring;
    private final FailStop failStop;
    private final RecordFlyweight record = new RecordFlyweight();
    private final EntryDetails details = new EntryDetails();

    /** The sink of the snapshot that was requested, or {@code null}. */
    private final AtomicReference<SnapshotSink> snapshot = new AtomicReference<>();

    /** The sinks of readers whose snapshots are to begin. Any thread adds. */
    private final Queue<SnapshotSink> newReaders = new ConcurrentLinkedQueue<>();

    /** The sinks of readers whose snapshots are in progress. */
    private final List<SnapshotSink> readers = new ArrayList<>();

    /** Who is told what happens to keys; {@code null} if nobody is. */
    private volatile KeyEventListener listener;

    /** Gets every change; {@code null} if nobody wants them. */
    private ChangeSink changes;

    /** What goes with the outcome of the event that is handled. */
    private long number;

    private SnapshotSink begun;
    /** Of the last event that was applied; {@link #NONE_APPLIED} before the first. */
    private long latestWallClock = NONE_APPLIED;

    private int eventsSinceStep;
    private int bytesSinceStep;
    /** Bytes of the last applied record. The slot may be reused once its event is complete. */
    private int lastLength;

    /**
     * Applies to {@code stateMachine}, completes on {@code ring}, and does nothing more once {@code failStop} is
     * tripped.
     */
    public StateMachineHandler(StateMachine stateMachine, EventRing ring, FailStop failStop) {
        this.stateMachine = stateMachine;
        this.ring = ring;
        this.failStop = failStop;
    }

    /** Prefetches the memory that the event needs. Called before {@link #onEvent}, by the same thread. */
    public void prefetch(EventSlot slot) {
        if (!slot.isCancelled()) {
            stateMachine.prefetch(record.wrap(slot.recordAddress()), slot.keyHash());
        }
    }

    /**
     * Fills in a mark: the digest and the number of keys. Called between two {@link #onEvent}s, when everything before
     * the mark is applied.
     */
    public void state(EventSlot mark) {
        mark.state(stateMachine.appliedSequence(), stateMachine.digest(), stateMachine.keys());
    }

    /**
     * Requests a snapshot of the state after one of the next events, written to {@code sink}. The snapshot before must
     * have ended, or no longer be needed. Any thread.
     */
    public void takeSnapshot(SnapshotSink sink) {
        snapshot.set(sink);
    }

    /**
     * Requests the state after one of the next events for a reader, beside the snapshot and other readers. It is handed
     * out at cancelled events, which the reader publishes. At most {@link StateMachine#MAX_SNAPSHOTS} - 1 may be
     * wanted at a time. Any thread.
     */
    public void addReader(SnapshotSink sink) {
        newReaders.add(sink);
    }

    /**
     * From now on tells a listener what events do to keys.
     *
     * @param newListener {@code null} to tell nobody. Any thread
     */
    public void tell(KeyEventListener newListener) {
        listener = newListener;
    }

    /** Hands every change to a sink. Called before the first event is handled. */
    public void handChangesTo(ChangeSink sink) {
        changes = sink;
        stateMachine.handChangesTo(sink);
    }

    @Override
    public void onEvent(EventSlot slot, long ringSequence, boolean endOfBatch) {
        assert slot.isJournaled() || slot.isPassedOver() || slot.refusal() != null
                : "the journal has not seen event " + ringSequence;
        number = 0;
        Outcome outcome = slot.isJournaled() ? apply(slot) : passOver(slot);
        if (changes != null && (endOfBatch || slot.isCancelled())) {
            endBatchOfChanges();
        }
        ring.complete(ringSequence, outcome, number);
        SnapshotSink sink = snapshot.getOpaque();
        if (sink != null) {
            handOut(sink, slot);
        }
    }

    /** The event has happened in any case: it is in the log, and applied. */
    private void endBatchOfChanges() {
        try {
            changes.onBatchEnd();
        } catch (RuntimeException | Error e) {
            failStop.trip(e);
        }
    }

    private Outcome passOver(EventSlot slot) {
        if (slot.isPassedOver()) {
            return read(slot);
        }
        if (slot.isCancelled() && !failStop.isTripped()) {
            handOutToReaders();
        }
        return slot.refusal();
    }

    private void handOutToReaders() {
        try {
            for (SnapshotSink sink = newReaders.poll(); sink != null; sink = newReaders.poll()) {
                if (sink.isWanted()) {
                    stateMachine.beginSnapshot(sink);
                    readers.add(sink);
                }
            }
            for (int i = readers.size() - 1; i >= 0; i--) {
                if (!takeSteps(readers.get(i))) {
                    readers.remove(i);
                }
            }
        } catch (RuntimeException | Error e) {
            failStop.trip(e);
        }
    }

    /** Returns whether the snapshot is still in progress. */
    private boolean takeSteps(SnapshotSink sink) {
        boolean goesOn = true;
        for (int step = 0; step < STEPS_AT_CANCELLED_EVENT && goesOn; step++) {
            goesOn = stateMachine.stepSnapshot(sink);
        }
        return goesOn;
    }

    private void handOut(SnapshotSink sink, EventSlot slot) {
        if (failStop.isTripped()) {
            return;
        }
        try {
            if (sink != begun) {
                if (latestWallClock != NONE_APPLIED) {
                    sink.latestWallClock(latestWallClock);
                }
                if (changes != null) {
                    changes.onBatchEnd(); // the snapshot ends between two frames of them
                }
                stateMachine.beginSnapshot(sink);
                begun = sink;
            }
            for (int steps = stepsDue(slot); steps > 0; steps--) {
                if (!stateMachine.stepSnapshot(sink)) {
                    // The next one may have been requested already.
                    snapshot.compareAndSet(sink, null);
                    begun = null;
                    return;
                }
            }
        } catch (RuntimeException | Error e) {
            failStop.trip(e);
        }
    }

    private int stepsDue(EventSlot slot) {
        if (slot.isCancelled()) {
            return STEPS_AT_CANCELLED_EVENT; // there is nothing else to do
        }
        eventsSinceStep++;
        bytesSinceStep += lastLength;
        if (eventsSinceStep < EVENTS_PER_STEP && bytesSinceStep < BYTES_PER_STEP) {
            return 0;
        }
        int steps = Math.max(1, bytesSinceStep / BYTES_PER_STEP);
        eventsSinceStep = 0;
        bytesSinceStep = 0;
        return steps;
    }

    private Outcome apply(EventSlot slot) {
        if (failStop.isTripped()) {
            return Outcome.FAILED;
        }
        if (slot.isMark()) {
            return Outcome.ACCEPTED; // it states what the state is, and is no event
        }
        try {
            lastLength = record.wrap(slot.recordAddress()).length();
            ValueTarget wantsPrevious = slot.wantsValue();
            if (wantsPrevious != null) {
                copyPrevious(slot, wantsPrevious);
            }
            if (changes != null) {
                changes.latestWallClock(slot.latestWallClock());
            }
            Outcome outcome = applyAndTell(slot);
            number = stateMachine.outcomeNumber();
            latestWallClock = slot.latestWallClock();
            return outcome;
        } catch (RuntimeException | Error e) {
            failStop.trip(e);
            return Outcome.FAILED;
        }
    }

    /**
     * Listeners learn of events in the order in which they are applied, because this is the single writer; and not
     * before they are durable by the policy, because the journal was forced before the batch came here.
     */
    private Outcome applyAndTell(EventSlot slot) {
        KeyEventListener told = listener;
        return told == null
                ? stateMachine.apply(slot.logSequence(), slot.timestamp(), record, slot.keyHash())
                : stateMachine.apply(
                        slot.logSequence(), slot.timestamp(), record, slot.keyHash(), told, slot.toldInstead());
    }

    /** A heap without room for a copy is a matter of the thread that wants it; the event takes effect all the same. */
    private void copyPrevious(EventSlot slot, ValueTarget target) {
        try {
            stateMachine.copyValue(record, slot.keyHash(), slot.timestamp(), target);
        } catch (OutOfMemoryError e) {
            target.lose();
        }
    }

    /**
     * A read at its place between the events: what it sees was journaled, and forced if the policy says so, because
     * that was done for the whole batch before its first event came here. After a failure it is not answered either:
     * an event before it that has failed may be in the log.
     */
    private Outcome read(EventSlot slot) {
        if (failStop.isTripped()) {
            return Outcome.FAILED;
        }
        try {
            lastLength = record.wrap(slot.recordAddress()).length();
            return isFound(slot) ? Outcome.FOUND : Outcome.ABSENT;
        } catch (RuntimeException | Error e) {
            failStop.trip(e);
            return Outcome.FAILED;
        }
    }

    private boolean isFound(EventSlot slot) {
        ValueTarget target = slot.wantsValue();
        int length = 0;
        try {
            length = stateMachine.readInPlace(record, slot.keyHash(), slot.timestamp(), target, details);
        } catch (OutOfMemoryError e) {
            target.lose(); // there is one, and the heap has no room for it
        }
        if (length < 0) {
            return false;
        }
        number = details.sequence();
        slot.found(details.expires() ? details.expiry() : EventRun.NO_EXPIRY, length);
        return true;
    }
}
