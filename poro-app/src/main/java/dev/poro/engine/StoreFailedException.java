package dev.poro.engine;

/**
 * The store has stopped because its log or its state is in doubt. Whether the event happened is decided by the next
 * recovery.
 */
public final class StoreFailedException extends PoroException {
    private static final long serialVersionUID = 1L;

    StoreFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
