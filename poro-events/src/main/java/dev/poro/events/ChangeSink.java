package dev.poro.events;

/**
 * Receives what events did: one change for each key that an event changed, in the order of the events and, within an
 * event, of their indexes. An event that changed nothing brings no call. The changes are a function of the events and
 * of the state that they began with, on any machine.
 *
 * <p>Called by the single writer of the state machine, in the middle of an event. A sink throws nothing and does not
 * look at the state.
 */
public interface ChangeSink {
    /** In place of an expiry: there is none. */
    long NO_EXPIRY = -1;

    /**
     * One change. The key and the new value lie one after the other in memory, which is valid during the call only.
     *
     * @param sequence of the event
     * @param timestamp of the event: log time, in milliseconds since 1970
     * @param index of the change among those of its event: in a batch, the index of its record in the batch, so that
     *     there may be gaps
     * @param kind what happened
     * @param previous the sequence of the entry that was replaced or removed, also if it had expired and was removed
     *     for that; 0 if the key was absent, or an expired entry was replaced
     * @param expiry of the key from now on, in milliseconds of log time since 1970, or {@link #NO_EXPIRY}
     * @param payload the address of the key; undefined for {@link ChangeKind#CLEARED}
     * @param keyLength bytes of the key; 0 for {@link ChangeKind#CLEARED}
     * @param valueLength bytes of the value; 0 unless the change is a {@link ChangeKind#SET}
     */
    void onChange(
            long sequence,
            long timestamp,
            int index,
            ChangeKind kind,
            long previous,
            long expiry,
            long payload,
            int keyLength,
            int valueLength);

    /**
     * The changes of an event, which come next if there are any, carry a token.
     *
     * @param sequence of the event
     * @param client whose change it is
     * @param number of the change among those of the client, from 1 on
     */
    default void onToken(long sequence, long client, long number) {}

    /**
     * The latest that the wall clock has shown up to the events that come now, in milliseconds since the epoch. It is
     * no part of the state: only a sink that writes files needs it.
     */
    default void latestWallClock(long millis) {}

    /**
     * What was handed out has to be readable when this returns: there are no more events at the moment, somebody wants
     * to read, or a snapshot begins.
     */
    default void onBatchEnd() {}
}
