package dev.poro.engine;

import dev.poro.statemachine.StateMachine;

/**
 * The memory of a store at one moment, in bytes.
 *
 * @param budget the limit on {@code used}
 * @param used what the contents are charged, including the index: a function of the contents alone
 * @param reserved reserved address space, which uses physical memory only as needed
 * @param inUse the pages that hold entries or parts of the index
 * @param touched the pages that were in use at least once: the physical memory that the store uses
 */
public record MemoryReport(long budget, long used, long reserved, long inUse, long touched) {
    /**
     * What an entry takes of the budget, in bytes, its share of the index included.
     *
     * @param keyLength in bytes
     * @param valueLength in bytes
     */
    public static int ofEntry(int keyLength, int valueLength, boolean expires) {
        return StateMachine.charge(keyLength, valueLength, expires);
    }

    static MemoryReport of(dev.poro.statemachine.MemoryReport memory) {
        return new MemoryReport(
                memory.budget(), memory.used(), memory.reserved(), memory.usedPageBytes(), memory.touchedPageBytes());
    }
}
