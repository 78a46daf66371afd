package dev.poro.engine;

/** The log has no space on its disk; the event did not happen. Reads go on, writes resume when there is space. */
public final class LogFullException extends PoroException {
    private static final long serialVersionUID = 1L;

    LogFullException(String message, Throwable cause) {
        super(message, cause);
    }
}
