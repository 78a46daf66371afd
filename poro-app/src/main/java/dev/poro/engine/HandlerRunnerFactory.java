package dev.poro.engine;

import com.lmax.disruptor.WaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;

/** Makes the {@link HandlerRunner} of a store. */
interface HandlerRunnerFactory {
    /** How Disruptor's processors wait in the ring. */
    WaitStrategy waitStrategy();

    /** Starts to run the handlers. Called once a ring, before any claim. */
    HandlerRunner start(EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop);
}
