package dev.poro.statemachine;

/**
 * Loads what the next few reads will need into the caches, so that their waits for memory overlap, as {@link
 * PrefetchGroup} does for events: first the cache lines of the index for all of them, then the entries. Changes
 * nothing. For readers; one thread at a time.
 */
public final class ReadGroup {
    /** Reads in a group, at most. What more of them load may be gone again before it is read. */
    public static final int CAPACITY = 64;

    private final StateMachine stateMachine;
    private final long[] keyHashes = new long[CAPACITY];
    private int count;

    /** The sum of what was loaded. Storing it keeps the compiler from removing the loads. */
    private long loaded;

    /** For the reads of one state machine. */
    public ReadGroup(StateMachine stateMachine) {
        this.stateMachine = stateMachine;
    }

    /** Adds a read, by the hash of its key. Reads after the 64th are ignored. */
    public void add(long keyHash) {
        if (count < CAPACITY) {
            keyHashes[count] = keyHash;
            count++;
        }
    }

    /**
     * Fetches for the added reads, and empties the group.
     *
     * @throws StateMachineException if the state machine is closed
     */
    public void fetch() {
        if (count > 1) {
            loaded += stateMachine.prefetch(keyHashes, count);
        }
        count = 0;
    }

    /** Means nothing, but that it is used. */
    @Override
    public String toString() {
        return "reads of group " + loaded;
    }
}
