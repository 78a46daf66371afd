package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.lmax.disruptor.BusySpinWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.RecordEncoder;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineHandler;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The two handlers, each on a thread of its own. */
@Timeout(60)
class HandlersTest {
    private static final int EVENTS = 4;

    private final FailStop failStop = new FailStop();
    private final EventRing ring = new EventRing(8, new BusySpinWaitStrategy());

    /**
     * As after a store into a mapped file that somebody has cut short: the JVM throws wherever the thread is by then.
     * Before it can stop the store it loses its processor, for which the test takes the monitor of the switch.
     */
    @Test
    @Tag("R34")
    void nothingOfABatchThatWasBrokenOffIsAcknowledged() throws InterruptedException {
        try (StateMachine state = new StateMachine(0)) {
            Handlers handlers = new Handlers(
                    ring, this::journalTwo, new StateMachineHandler(state, ring, failStop), failStop, false);
            publishEvents();
            Thread journal = new Thread(handlers::journal);
            Thread stateMachine = new Thread(handlers::apply);
            synchronized (failStop) {
                startAndAwaitItsEndOrMonitor(journal);
                assertThat(ring.journaled()).isEqualTo(1);
                startAndAwaitItsEndOrMonitor(stateMachine);
                assertThat(ring.applied()).isEqualTo(-1);
                assertThat(state.appliedSequence()).isZero();
            }
            journal.join();
            stateMachine.join();
            assertThat(failStop.isTripped()).isTrue();
            assertThat(ring.outcomeOf(0)).isEqualTo(Outcome.FAILED);
            assertThat(ring.outcomeOf(1)).isEqualTo(Outcome.FAILED);
        }
    }

    private void publishEvents() {
        for (int i = 0; i < EVENTS; i++) {
            long ringSequence = ring.tryClaim();
            EventSlot slot = ring.slot(ringSequence);
            slot.prepare(slot.inlineRecord(), RecordEncoder.encodeMemoryBudget(slot.inlineRecord(), 1 << 20), null, 0);
            ring.publish(ringSequence);
        }
    }

    private void journalTwo(EventSlot slot, long ringSequence, boolean endOfBatch) {
        if (ringSequence == 2) {
            throw new InternalError("a fault occurred in a recent unsafe memory access operation");
        }
        slot.journaled(ringSequence + 1, 0, 0);
    }

    private static void startAndAwaitItsEndOrMonitor(Thread thread) {
        thread.start();
        while (thread.getState() != Thread.State.BLOCKED && thread.isAlive()) {
            Thread.onSpinWait();
        }
    }
}
