package dev.poro.statemachine;

import dev.poro.events.RecordFlyweight;

/**
 * Has the processor fetch what the next few events will need, so that their waits for memory overlap: the lines of the
 * index for all of them, and then the entries that those refer to. That is the group prefetching of Chen, Ailamaki,
 * Gibbons and Mowry (ICDE 2004). In Java a fetch is a load, and a processor waits for those a few hundred instructions
 * later; so each round is a loop of its own, as short as can be. Changes nothing; only the writer.
 */
public final class PrefetchGroup {
    private static final int CAPACITY = 64;

    private final StateMachine stateMachine;
    private final long[] keyHashes = new long[CAPACITY];
    private final int[] payloadLengths = new int[CAPACITY];
    private int count;

    /** Of one state machine. */
    public PrefetchGroup(StateMachine stateMachine) {
        this.stateMachine = stateMachine;
    }

    /** Adds an event, well-formed; it may turn out not to come. One beyond 64 is ignored. */
    public void add(RecordFlyweight record) {
        if (count < CAPACITY && record.type().changesOneKey()) {
            keyHashes[count] = stateMachine.hash(record.keyAddress(), record.keyLength());
            payloadLengths[count] = record.keyLength() + record.valueLength();
            count++;
        }
    }

    /** Fetches the entries of those that were added, and forgets them. Call it before the first of them is applied. */
    public void fetch() {
        Table table = stateMachine.table();
        if (count > 0 && table != null) {
            for (int i = 0; i < count; i++) {
                table.prefetchIndex(keyHashes[i]);
            }
            for (int i = 0; i < count; i++) {
                table.prefetchEntry(keyHashes[i], payloadLengths[i]);
            }
        }
        count = 0;
    }
}
