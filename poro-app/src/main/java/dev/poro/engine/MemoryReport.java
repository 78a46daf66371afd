package dev.poro.engine;

import dev.poro.statemachine.StateMachine;

/**
 * The memory of a store at one moment, in bytes.
 *
 * @param budget the limit on {@code used}
 * @param used what the contents are charged, including index and expiries: a function of the contents alone
 * @param reserved reserved address space, which uses physical memory only as needed
 * @param inUse the pages that hold entries, the index or the order of expiries
 * @param touched the pages that were in use at least once: the physical memory that the store uses
 * @param index of the pages in use, those of the index
 * @param expiries of the pages in use, those that hold the order in which keys expire
 * @param walks Java heap of the calls of {@link Poro#forEachAt} in progress, which is outside the budget
 * @param spilled temporary files of these calls
 */
public record MemoryReport(
        long budget,
        long used,
        long reserved,
        long inUse,
        long touched,
        long index,
        long expiries,
        long walks,
        long spilled) {
    /**
     * What an entry takes of the budget, in bytes, its share of the index included.
     *
     * @param keyLength in bytes
     * @param valueLength in bytes
     */
    public static int ofEntry(int keyLength, int valueLength, boolean expires) {
        return StateMachine.charge(keyLength, valueLength, expires);
    }

    static MemoryReport of(dev.poro.statemachine.MemoryReport memory, long walks, long spilled) {
        return new MemoryReport(
                memory.budget(),
                memory.used(),
                memory.reserved(),
                memory.usedPageBytes(),
                memory.touchedPageBytes(),
                memory.indexBytes(),
                memory.expiryBytes(),
                walks,
                spilled);
    }
}
