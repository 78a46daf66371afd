package dev.poro.events;

/**
 * Memory for the records of the messages that are in the ring of a replica. They are copied here one after the other,
 * and are all given up at once, when all of them are applied. One thread; the handlers only read.
 */
public final class MessageMemory {
    /** In place of an address: there is no room before {@link #clear}. */
    public static final long FULL = 0;

    private static final int USUAL_LENGTH = 1 << 20;

    private NativeMemory memory = new NativeMemory(USUAL_LENGTH);
    private int used;

    /** Copies records; returns where they are, or {@link #FULL}. There is room for any message when nothing is here. */
    public long tryCopy(long address, int length) {
        if (memory.length() - used < length) {
            if (used > 0) {
                return FULL;
            }
            grow(length);
        }
        long at = memory.address() + used;
        RawMemory.copy(address, at, length);
        used += length;
        return at;
    }

    private void grow(int length) {
        NativeMemory longer = new NativeMemory(length);
        memory.free();
        memory = longer;
    }

    /** Gives up everything: no slot that refers to it will be looked at any more. */
    public void clear() {
        used = 0;
        if (memory.length() > USUAL_LENGTH) {
            memory.free();
            memory = new NativeMemory(USUAL_LENGTH);
        }
    }
}
