package dev.poro.statemachine;

/** Receives the entries of {@link StateMachine#forEachByExpiry}. */
@FunctionalInterface
public interface DetailedEntryVisitor {
    /**
     * One entry.
     *
     * @param key a copy of the key
     * @param value a copy of the value
     * @param details sequence and expiry of the entry, valid during the call only
     */
    void visit(byte[] key, byte[] value, EntryDetails details);
}
