package dev.poro.events;

import java.lang.ref.Cleaner;

/**
 * A piece of memory outside the heap that belongs to an object: given back by {@link #free}, or at the latest when the
 * collector finds this unreachable. It does not count against the JVM's limit for direct buffers, which is the
 * application's to use up. Users of the memory keep this object reachable.
 */
final class NativeMemory {
    private static final Cleaner CLEANER = Cleaner.create();

    private final long address;
    private final int length;
    private final Cleaner.Cleanable cleanable;

    /** @throws OutOfMemoryError if the system refuses */
    NativeMemory(int length) {
        Region region = new Region(RawMemory.allocate(length), length);
        this.address = region.address;
        this.length = length;
        this.cleanable = CLEANER.register(this, region);
    }

    long address() {
        return address;
    }

    int length() {
        return length;
    }

    /** Gives the memory back. No thread may touch it afterwards. Idempotent. */
    void free() {
        cleanable.clean();
    }

    private record Region(long address, int length) implements Runnable {
        @Override
        public void run() {
            RawMemory.free(address, length);
        }
    }
}
