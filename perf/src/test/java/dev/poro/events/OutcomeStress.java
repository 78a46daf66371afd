package dev.poro.events;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventPoller;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ILI_Result;

/**
 * Whoever sees that an event is applied sees its outcome and what applying it did; the handlers see what its publisher
 * encoded. Rings are used again, since each holds
 * a megabyte of outcomes.
 */
@JCStressTest
@Outcome(id = "42, REPLACED, 43", expect = ACCEPTABLE, desc = "everything before the hand-off is seen behind it")
@State
public class OutcomeStress {
    private static final ConcurrentLinkedQueue<Ring> RINGS = new ConcurrentLinkedQueue<>();

    private final Ring ring = Ring.take();
    private int encoded;
    private int applied;

    /** The publisher, which asks for the outcome later. */
    @Actor
    public void publishes(ILI_Result result) {
        long ringSequence = ring.events.tryClaim();
        ring.events.slot(ringSequence).cancel();
        encoded = 42;
        ring.events.publish(ringSequence);
        while (ring.events.applied() < ringSequence) {
            Thread.onSpinWait();
        }
        result.r2 = ring.events.outcomeOf(ringSequence).name();
        result.r3 = applied;
    }

    /** Both handlers. */
    @Actor
    public void handles(ILI_Result result) {
        while (!ring.polls(ring.pollers.journal(), ringSequence -> {})) {
            Thread.onSpinWait();
        }
        ring.polls(ring.pollers.stateMachine(), ringSequence -> {
            result.r1 = encoded;
            applied = 43;
            ring.events.complete(ringSequence, dev.poro.events.Outcome.REPLACED, 0);
        });
    }

    /** Both are done with the ring. */
    @Arbiter
    public void givesBack() {
        RINGS.add(ring);
    }

    private static final class Ring {
        private final EventRing events = new EventRing(2, new BusySpinWaitStrategy());
        private final EventRing.Pollers pollers = events.newPollers();

        private static Ring take() {
            Ring used = RINGS.poll();
            return used == null ? new Ring() : used;
        }

        private boolean polls(EventPoller<EventSlot> poller, LongConsumer handler) {
            try {
                EventPoller.PollState state = poller.poll((slot, ringSequence, endOfBatch) -> {
                    handler.accept(ringSequence);
                    return true;
                });
                return state == EventPoller.PollState.PROCESSING;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
