package dev.poro.statemachine;

import dev.poro.events.RawMemory;

/** Memory outside the heap for the length of one event. Grows as needed; what was long is not kept. Single writer. */
final class Scratch {
    private static final int KEPT_LENGTH = 1 << 20;
    private static final int SHORTEST = 4096;

    private long address;
    private long length;

    /**
     * At least so many bytes, with undefined contents; what was returned before is no longer valid.
     *
     * @throws OutOfMemoryError if the system refuses
     */
    long take(long bytes) {
        if (bytes > length || length == 0) {
            free();
            long taken =
                    Math.max(SHORTEST, bytes > 0 && bytes <= KEPT_LENGTH ? Long.highestOneBit(bytes - 1) << 1 : bytes);
            address = RawMemory.allocate(taken);
            length = taken;
        }
        return address;
    }

    /** The event is over. */
    void release() {
        if (length > KEPT_LENGTH) {
            free();
        }
    }

    /** Gives the memory back. */
    void free() {
        if (length > 0) {
            RawMemory.free(address, length);
            length = 0;
        }
    }
}
