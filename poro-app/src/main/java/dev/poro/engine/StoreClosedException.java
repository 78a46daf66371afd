package dev.poro.engine;

/** The store is closed or closing; the operation did not happen. */
public final class StoreClosedException extends PoroException {
    private static final long serialVersionUID = 1L;

    StoreClosedException(String message, Throwable cause) {
        super(message, cause);
    }
}
