package dev.poro.events;

/** Slots for tests that encode after they have claimed, whatever the length. */
public final class Slots {
    private Slots() {}

    /** Makes room for a record in a claimed slot; returns where to encode it. */
    public static long prepare(EventRing ring, long ringSequence, int length, OutcomeWaiter waiter, long keyHash) {
        EventSlot slot = ring.slot(ringSequence);
        if (length <= EventSlot.INLINE_LENGTH) {
            slot.prepare(slot.inlineRecord(), length, waiter, keyHash);
        } else {
            slot.prepareBlock(ring.memory().takeBeyondTheBound(length), length, waiter, keyHash);
        }
        return slot.recordAddress();
    }

    /**
     * {@link #prepare(EventRing, long, int, OutcomeWaiter, long)} of an event that nobody waits for and that has no
     * key.
     */
    public static long prepare(EventRing ring, long ringSequence, int length) {
        return prepare(ring, ringSequence, length, null, 0);
    }
}
