package dev.poro.engine;

/** The value does not fit into the memory budget; nothing changed. Reads and deletes go on. */
public final class MemoryBudgetExceededException extends PoroException {
    private static final long serialVersionUID = 1L;

    MemoryBudgetExceededException(String message, Throwable cause) {
        super(message, cause);
    }

    static MemoryBudgetExceededException of(long budget, long used) {
        return new MemoryBudgetExceededException(
                "the value does not fit into the memory budget of " + budget + " bytes, of which " + used
                        + " are in use. Delete keys, or open the store with more memory.",
                null);
    }
}
