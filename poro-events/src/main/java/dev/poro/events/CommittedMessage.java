package dev.poro.events;

/**
 * A message of a cluster's log whose records are in the ring: when and where it was committed. Only in the ring of a
 * replica. The journal writes all of its records into one frame, which has the message's time and position.
 *
 * <p>Filled in by the thread that publishes the message, and read by the journal's handler; the ring's sequences hand
 * it on. Used again once the first of its slots is claimed anew: the journal has done the whole message by then.
 */
public final class CommittedMessage {
    private long firstRingSequence;
    private int recordsLength;
    private long timeMillis;
    private long incarnation;
    private long term;
    private long position;

    /**
     * Fills in all of it.
     *
     * @param firstRingSequence of its slots, which follow each other
     * @param recordsLength bytes of all of its records; 0 if there are only reads
     * @param timeMillis the cluster's time, since 1970; never less than that of the message before
     * @param incarnation of the cluster
     * @param term of the leader that has appended it
     * @param position in the cluster's log
     */
    public void set(
            long firstRingSequence, int recordsLength, long timeMillis, long incarnation, long term, long position) {
        assert recordsLength >= 0 && position >= 0 && term >= 0 : recordsLength + " " + position + " " + term;
        this.firstRingSequence = firstRingSequence;
        this.recordsLength = recordsLength;
        this.timeMillis = timeMillis;
        this.incarnation = incarnation;
        this.term = term;
        this.position = position;
    }

    /** Whether the message begins with the slot of this ring sequence. */
    public boolean beginsAt(long ringSequence) {
        return firstRingSequence == ringSequence;
    }

    /** Bytes of all records; 0 if there are only reads. */
    public int recordsLength() {
        return recordsLength;
    }

    /** The cluster's time of the message, in milliseconds since 1970. */
    public long timeMillis() {
        return timeMillis;
    }

    /** Which cluster it is. */
    public long incarnation() {
        return incarnation;
    }

    /** The term of the leader that has appended the message. */
    public long term() {
        return term;
    }

    /** Where the message is in the cluster's log. */
    public long position() {
        return position;
    }
}
