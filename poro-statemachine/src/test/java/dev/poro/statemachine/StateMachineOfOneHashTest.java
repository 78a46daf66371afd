package dev.poro.statemachine;

import org.junit.jupiter.api.Tag;

/** The contract does not depend on the hash: here all keys have the same. */
@Tag("R29")
class StateMachineOfOneHashTest extends StateMachineContract {
    @Override
    StateMachineUnderTest create() {
        return StateMachineUnderTest.real(new StateMachine(0, ChosenHash.ofOneHash()));
    }
}
