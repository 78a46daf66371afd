package dev.poro.statemachine;

import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;

/** What the contract asks of a state machine; implemented by the real one and by a naive one. */
public interface StateMachineUnderTest extends AutoCloseable {
    Outcome apply(long sequence, long time, RecordFlyweight record);

    long outcomeNumber();

    byte[] get(byte[] key);

    /** Of an entry that is there, expired or not; 0 if there is none. */
    long sequence(byte[] key);

    /** Of an entry that is there, expired or not; {@link NewEntry#NO_EXPIRY} if it has none. */
    long expiry(byte[] key);

    long expiringKeys();

    long keys();

    long digest();

    /** How many clients are remembered. */
    long clients();

    long appliedSequence();

    long memoryBudget();

    long memoryUsed();

    void forEach(EntryVisitor visitor);

    @Override
    void close();

    /** The state machine of production. */
    static StateMachineUnderTest real(StateMachine machine) {
        return new StateMachineUnderTest() {
            @Override
            public Outcome apply(long sequence, long time, RecordFlyweight record) {
                return machine.apply(sequence, time, record);
            }

            @Override
            public long outcomeNumber() {
                return machine.outcomeNumber();
            }

            @Override
            public byte[] get(byte[] key) {
                return machine.get(key);
            }

            @Override
            public long sequence(byte[] key) {
                EntryDetails details = new EntryDetails();
                machine.get(key, details);
                return details.sequence();
            }

            @Override
            public long expiry(byte[] key) {
                EntryDetails details = new EntryDetails();
                machine.get(key, details);
                return details.expires() ? details.expiry() : NewEntry.NO_EXPIRY;
            }

            @Override
            public long expiringKeys() {
                return machine.expiringKeys();
            }

            @Override
            public long keys() {
                return machine.keys();
            }

            @Override
            public long digest() {
                return machine.digest();
            }

            @Override
            public long clients() {
                return machine.clients();
            }

            @Override
            public long appliedSequence() {
                return machine.appliedSequence();
            }

            @Override
            public long memoryBudget() {
                return machine.memoryBudget();
            }

            @Override
            public long memoryUsed() {
                return machine.memoryUsed();
            }

            @Override
            public void forEach(EntryVisitor visitor) {
                machine.forEach(visitor);
            }

            @Override
            public void close() {
                machine.close();
            }
        };
    }
}
