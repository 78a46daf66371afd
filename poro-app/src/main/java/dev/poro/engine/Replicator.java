package dev.poro.engine;

/**
 * Orders the changes of a {@link Replica}: a cluster, as the store sees it. Implemented by whoever connects the store
 * to a cluster, and called by the store.
 *
 * <p>In a store of its own, a change goes from the thread that makes it into the event ring. In a replica it goes to
 * {@link #send} instead, and comes back by {@link Replica#committed}, on every replica in the same order.
 *
 * <p>All methods are called by any thread, by many at the same time, and must not call back into the store.
 */
public interface Replicator {
    /**
     * The longest message that {@link #send} takes, in bytes; it never changes. The store admits no record that is
     * longer, and puts no more into a message.
     */
    int maxMessageLength();

    /**
     * Sends a message to the cluster's log. Does not wait until it is committed; may wait for room for a moment.
     * Messages that one thread sends one after the other are committed in this order. A message is committed once at
     * most: it is sent again only when it is certain that it never was and never will be committed.
     *
     * <p>What becomes of it is told by {@link Replica#committed} or {@link Replica#rejected}, which may happen before
     * this method returns. One of the two must be called in the end, or {@link Replica#close}.
     *
     * @param number of the message: 1 or more, and another one for each message of this opening of the store. It comes
     *     back with the message, on this replica alone
     * @param address of the message: the records of events in the form of the log, one after the other. Copied before
     *     the method returns
     * @param length in bytes; 0 of a message that only marks a place in the order
     * @throws NotCommittedException if the message was not sent and never will be: {@code mayStillHappen} is false
     */
    void send(long number, long address, int length);

    /**
     * Whether this replica leads the cluster, as far as it knows now. Only the leader sends removals of expired keys
     * and the memory budget. That two think so for a while does no harm.
     */
    boolean isLeader();

    /**
     * The time that the cluster would give to a message now, in milliseconds since 1970. Asked on the leader, to see
     * whether keys are due; a wrong answer removes no key early, because the time of the committed message decides.
     */
    long timeMillis();
}
