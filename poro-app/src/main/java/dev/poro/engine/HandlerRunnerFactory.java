package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;

/** Makes the {@link HandlerRunner} of a store. */
interface HandlerRunnerFactory {
    /** A ring as these handlers need it. */
    EventRing newRing(int capacity);

    /** Starts to run the handlers. Called once a ring, before any claim. */
    HandlerRunner start(EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop);
}
