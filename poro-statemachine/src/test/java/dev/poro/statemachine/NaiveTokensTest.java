package dev.poro.statemachine;

class NaiveTokensTest extends TokensContract {
    @Override
    StateMachineUnderTest create() {
        return new NaiveStateMachine(MOST_CLIENTS);
    }
}
