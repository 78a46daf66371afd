package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;

/** Makes the {@link HandlerRunner} of a store. */
interface HandlerRunnerFactory {
    /** A ring for this way of running the handlers. */
    EventRing newRing(int capacity);

    /** Starts to run the handlers. Called once for each ring, before any slot is claimed. */
    HandlerRunner start(EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop);
}
