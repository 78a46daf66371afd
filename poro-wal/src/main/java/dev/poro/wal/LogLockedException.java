package dev.poro.wal;

/** Another process, or another store in this process, has the log open. */
public final class LogLockedException extends LogException {
    private static final long serialVersionUID = 1L;

    LogLockedException(String message) {
        super(message);
    }
}
