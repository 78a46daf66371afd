package dev.poro.engine;

/**
 * {@link Poro#forEachAt} could not begin, or could not go on to the end. The store is as it was and continues; the
 * message says what to do.
 */
public final class IterationFailedException extends PoroException {
    private static final long serialVersionUID = 1L;

    IterationFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
