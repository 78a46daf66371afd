package dev.poro.engine;

import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.EventPoller;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.statemachine.StateMachineHandler;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The two handlers of a ring. Each is run by one thread at a time; the runner orders one thread's run before the next
 * one's.
 *
 * <p>A mark states the digest just before it, which is known once everything before it is applied. So a batch ends
 * before a mark, and the mark stays in the ring until all events before it are applied. Then it is filled in and
 * journaled.
 *
 * <p>The handlers throw nothing. If an asynchronous error, such as {@link StackOverflowError}, leaves one anyway, its
 * poller would deliver the same event again; instead, the next run stops the store. The poller would also let the state
 * machine see the events of a batch whose frame is not closed; so only complete batches are applied.
 */
final class Handlers {
    private final MarkTooEarly markTooEarly = new MarkTooEarly();
    private final EventRing ring;
    private final EventRing.Pollers pollers;
    private final EventHandler<EventSlot> journal;
    private final StateMachineHandler stateMachine;
    private final FailStop failStop;
    private final EventPoller.Handler<EventSlot> onJournal;
    private final EventPoller.Handler<EventSlot> onApply = this::onApply;
    private final boolean onOneThread;
    private final Throwable tornOut = new IllegalStateException("an error has thrown a thread out of a handler");

    /** The last event of the journal's last complete batch. The state machine applies events up to this one. */
    private final AtomicLong batchEnd = new AtomicLong(-1);

    private long seenBatchEnd = -1;

    /** Whether a thread is in the handler, or an error has thrown it out of the handler. */
    private boolean inJournal;

    private boolean inApply;

    /** @param onOneThread whether the same thread runs both, one right after the other */
    Handlers(
            EventRing ring,
            EventHandler<EventSlot> journal,
            StateMachineHandler stateMachine,
            FailStop failStop,
            boolean onOneThread) {
        this.ring = ring;
        this.pollers = ring.newPollers();
        this.journal = journal;
        this.stateMachine = stateMachine;
        this.failStop = failStop;
        this.onOneThread = onOneThread;
        this.onJournal = onOneThread ? this::onJournalAndPrefetch : this::onJournal;
    }

    /**
     * Runs the journal's handler over the published events, up to a mark that has to wait. Returns whether there were
     * any.
     */
    boolean journal() {
        if (inJournal) {
            failStop.trip(tornOut);
        }
        inJournal = true;
        boolean handled;
        try {
            handled = pollers.journal().poll(onJournal) == EventPoller.PollState.PROCESSING;
        } catch (MarkTooEarly early) {
            handled = false;
        } catch (Exception | Error e) {
            failStop.trip(e);
            handled = true;
        }
        inJournal = false;
        return handled;
    }

    /** Runs the state machine's handler over the journaled events. Returns whether there were any. */
    boolean apply() {
        if (inApply || (onOneThread && inJournal)) {
            failStop.trip(tornOut);
        }
        inApply = true;
        boolean handled;
        try {
            handled = pollers.stateMachine().poll(onApply) == EventPoller.PollState.PROCESSING;
        } catch (Exception | Error e) {
            failStop.trip(e);
            handled = true;
        }
        inApply = false;
        return handled;
    }

    private boolean onJournalAndPrefetch(EventSlot slot, long ringSequence, boolean endOfBatch) throws Exception {
        if (!failStop.isTripped()) {
            stateMachine.prefetch(slot);
        }
        return onJournal(slot, ringSequence, endOfBatch);
    }

    private boolean onJournal(EventSlot slot, long ringSequence, boolean endOfBatch) throws Exception {
        if (slot.isMark()) {
            state(slot, ringSequence);
        }
        boolean isLast =
                endOfBatch || (ring.hasMarks() && ring.slot(ringSequence + 1).isMark());
        journal.onEvent(slot, ringSequence, isLast);
        if (isLast) {
            batchEnd.setRelease(ringSequence);
        }
        return !isLast;
    }

    private void state(EventSlot mark, long ringSequence) {
        if (ring.applied() < ringSequence - 1) {
            throw markTooEarly;
        }
        stateMachine.state(mark);
        ring.markHandled();
    }

    private boolean onApply(EventSlot slot, long ringSequence, boolean endOfBatch) {
        if (ringSequence > seenBatchEnd) {
            seenBatchEnd = batchEnd.getAcquire();
            if (ringSequence > seenBatchEnd) {
                failStop.trip(tornOut);
            }
        }
        stateMachine.onEvent(slot, ringSequence, endOfBatch);
        return true;
    }

    /** Makes a poller deliver the event again next time. */
    private static final class MarkTooEarly extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private MarkTooEarly() {
            super("events before the mark are not applied yet", null, false, false);
        }
    }
}
