package dev.poro.engine;

/** Another process, or another store in this process, has the log open. */
public final class StoreLockedException extends PoroException {
    private static final long serialVersionUID = 1L;

    StoreLockedException(String message, Throwable cause) {
        super(message, cause);
    }
}
