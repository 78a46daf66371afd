package dev.poro.statemachine;

import dev.poro.events.RecordFlyweight;

/**
 * Prefetches what the next few events will need, so that their waits for memory overlap: first the cache lines of the
 * index for all of them, then the entries that those refer to. This is the group prefetching of Chen, Ailamaki, Gibbons
 * and Mowry (ICDE 2004). In Java a prefetch is a load, and the processor stalls on it a few hundred instructions later,
 * so each round is a short loop of its own. Changes nothing; only the writer.
 */
public final class PrefetchGroup {
    private static final int CAPACITY = 64;

    private final StateMachine stateMachine;
    private final long[] keyHashes = new long[CAPACITY];
    private final int[] payloadLengths = new int[CAPACITY];
    private int count;

    /** For the events of one state machine. */
    public PrefetchGroup(StateMachine stateMachine) {
        this.stateMachine = stateMachine;
    }

    /** Adds a well-formed event, which need not be applied later. Events after the 64th are ignored. */
    public void add(RecordFlyweight record) {
        if (count < CAPACITY && record.type().changesOneKey()) {
            keyHashes[count] = stateMachine.hash(record.keyAddress(), record.keyLength());
            payloadLengths[count] = record.keyLength() + record.valueLength();
            count++;
        }
    }

    /**
     * Fetches the entries for the added events, and empties the group. Call it before the first of them is applied.
     */
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
