package dev.poro.statemachine;

class ChangesTest extends ChangesContract {
    @Override
    StateMachineUnderTest create() {
        return StateMachineUnderTest.real(new StateMachine(0));
    }
}
