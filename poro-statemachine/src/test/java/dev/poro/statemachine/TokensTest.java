package dev.poro.statemachine;

class TokensTest extends TokensContract {
    @Override
    StateMachineUnderTest create() {
        return StateMachineUnderTest.real(new StateMachine(0, new WyHash(1), MOST_CLIENTS));
    }
}
