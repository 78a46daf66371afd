package dev.poro.engine;

/** The log is damaged where events may have been acknowledged. It was not opened, and no file was changed. */
public final class StoreDamagedException extends PoroException {
    private static final long serialVersionUID = 1L;

    StoreDamagedException(String message, Throwable cause) {
        super(message, cause);
    }
}
