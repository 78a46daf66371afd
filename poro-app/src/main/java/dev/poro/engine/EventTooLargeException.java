package dev.poro.engine;

/** The key or the value is longer than the limit; nothing changed. */
public final class EventTooLargeException extends PoroException {
    private static final long serialVersionUID = 1L;

    EventTooLargeException(String message, Throwable cause) {
        super(message, cause);
    }
}
