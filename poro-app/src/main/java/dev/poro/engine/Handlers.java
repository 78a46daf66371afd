package dev.poro.engine;

import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.EventPoller;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.statemachine.StateMachineHandler;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The two handlers of a ring, for whoever runs them. Each is run by one thread at a time, with the necessary ordering
 * from one thread to the next.
 *
 * <p>A mark states the digest just before it, which is known once everything before it is applied. So a batch ends
 * before a mark, and the mark is left in the ring until the state is at rest there; then it is stated and journaled.
 *
 * <p>The handlers let nothing escape. Should a thread be torn out of one all the same, its poller would hand out the
 * same event again: whoever comes next stops the store instead. It would also let the state machine see the events of
 * the batch before that one, whose frame is not closed: only whole batches are applied.
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
    private final Throwable tornOut = new IllegalStateException("a thread was torn out of a handler");

    /** The event that the journal's last whole batch ended with; what was seen of it is the state machine's. */
    private final AtomicLong batchEnd = new AtomicLong(-1);

    private long seenBatchEnd = -1;

    /** Whether a thread is in the handler, or was torn out of it. */
    private boolean inJournal;

    private boolean inApply;

    /** @param onOneThread whether both are run by the same thread, one right after the other */
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

    /** Runs the journal's handler over what is published, up to a mark that has to wait. Whether there was anything. */
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

    /** Runs the state machine's handler over what is journaled. Whether there was anything. */
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

    /** Makes a poller leave the event for the next time. */
    private static final class MarkTooEarly extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private MarkTooEarly() {
            super("events before the mark are not applied yet", null, false, false);
        }
    }
}
