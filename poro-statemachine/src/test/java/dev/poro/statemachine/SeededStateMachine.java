package dev.poro.statemachine;

/** State machines whose hash is chosen by a test, so that they do the same each time. */
public final class SeededStateMachine {
    private SeededStateMachine() {}

    /** One with this seed. */
    public static StateMachine of(long reserveBytes, long hashSeed) {
        return new StateMachine(reserveBytes, hashSeed);
    }
}
