package dev.poro.statemachine;

/** The model itself keeps the contract. */
class NaiveStateMachineTest extends StateMachineContract {
    @Override
    StateMachineUnderTest create() {
        return new NaiveStateMachine();
    }
}
