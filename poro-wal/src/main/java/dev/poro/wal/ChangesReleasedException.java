package dev.poro.wal;

/** Changes that are asked for are no longer kept. */
public final class ChangesReleasedException extends LogException {
    private static final long serialVersionUID = 1L;

    ChangesReleasedException(String message) {
        super(message);
    }
}
