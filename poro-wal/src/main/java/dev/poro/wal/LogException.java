package dev.poro.wal;

/** The log cannot do what was asked. The message names the file and what to do. */
public class LogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a message that names the file and what to do. */
    public LogException(String message) {
        super(message);
    }

    /** With such a message, and its cause. */
    public LogException(String message, Throwable cause) {
        super(message, cause);
    }
}
