package dev.poro.engine;

/** What went wrong with a store. The message says where, and what to do about it. */
public class PoroException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PoroException(String message, Throwable cause) {
        super(message, cause);
    }
}
