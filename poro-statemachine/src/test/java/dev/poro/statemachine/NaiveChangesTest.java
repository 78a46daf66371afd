package dev.poro.statemachine;

class NaiveChangesTest extends ChangesContract {
    @Override
    StateMachineUnderTest create() {
        return new NaiveStateMachine();
    }
}
