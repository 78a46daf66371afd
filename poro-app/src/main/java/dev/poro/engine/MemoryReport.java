package dev.poro.engine;

/**
 * The memory of a store at one moment, in bytes.
 *
 * @param budget what the contents may count
 * @param used what the contents count, index included: the same for the same contents, however they came about
 * @param reserved address space; it takes physical memory only as it is used
 * @param inUse pages that hold entries or parts of the index
 * @param touched pages that were in use at least once: what the store takes of the machine's memory
 */
public record MemoryReport(long budget, long used, long reserved, long inUse, long touched) {
    static MemoryReport of(dev.poro.statemachine.MemoryReport memory) {
        return new MemoryReport(
                memory.budget(), memory.used(), memory.reserved(), memory.usedPageBytes(), memory.touchedPageBytes());
    }
}
