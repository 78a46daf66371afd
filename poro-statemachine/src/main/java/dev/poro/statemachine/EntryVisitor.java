package dev.poro.statemachine;

/** Receives the live entries of {@link StateMachine#forEach}. */
@FunctionalInterface
public interface EntryVisitor {
    /**
     * One live entry.
     *
     * @param key a copy of the key
     * @param value a copy of the value
     * @param logSequence the sequence of the event that wrote the value
     */
    void visit(byte[] key, byte[] value, long logSequence);
}
