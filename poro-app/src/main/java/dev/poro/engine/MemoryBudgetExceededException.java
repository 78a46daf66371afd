package dev.poro.engine;

/** The memory budget does not admit the value; nothing changed. Reads and deletes go on. */
public final class MemoryBudgetExceededException extends PoroException {
    private static final long serialVersionUID = 1L;

    MemoryBudgetExceededException(String message, Throwable cause) {
        super(message, cause);
    }
}
