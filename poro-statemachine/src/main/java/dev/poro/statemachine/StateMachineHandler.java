package dev.poro.statemachine;

import com.lmax.disruptor.EventHandler;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;

/**
 * The second handler of the {@link EventRing}: applies what is journaled, passes over what is not, and completes
 * every event with its outcome. After a failure nothing is applied or acknowledged any more. Nothing escapes to
 * Disruptor, which would go on to the next event.
 *
 * <p>Run by one thread at a time: the single writer of the {@link StateMachine}.
 */
public final class StateMachineHandler implements EventHandler<EventSlot> {
    private final StateMachine stateMachine;
    private final EventRing ring;
    private final FailStop failStop;
    private final RecordFlyweight record = new RecordFlyweight();

    /**
     * Applies to {@code stateMachine}, completes on {@code ring}, and stops for ever once {@code failStop} is
     * tripped.
     */
    public StateMachineHandler(StateMachine stateMachine, EventRing ring, FailStop failStop) {
        this.stateMachine = stateMachine;
        this.ring = ring;
        this.failStop = failStop;
    }

    /** Called ahead of {@link #onEvent}, by the same thread: the event's memory is fetched while others are handled. */
    public void prefetch(EventSlot slot) {
        if (!slot.isCancelled()) {
            stateMachine.prefetch(record.wrap(slot.recordAddress()), slot.keyHash());
        }
    }

    @Override
    public void onEvent(EventSlot slot, long ringSequence, boolean endOfBatch) {
        ring.complete(ringSequence, slot.isJournaled() ? apply(slot) : slot.refusal());
    }

    private Outcome apply(EventSlot slot) {
        if (failStop.isTripped()) {
            return Outcome.FAILED;
        }
        try {
            record.wrap(slot.recordAddress());
            return stateMachine.apply(slot.logSequence(), slot.timestamp(), record, slot.keyHash());
        } catch (RuntimeException | Error e) {
            failStop.trip(e);
            return Outcome.FAILED;
        }
    }
}
