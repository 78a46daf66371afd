package dev.poro.engine;

import java.nio.file.Path;

/**
 * The store has stopped because its log or its state is in doubt. Whether the event happened is decided by the next
 * recovery.
 */
public final class StoreFailedException extends PoroException {
    private static final long serialVersionUID = 1L;

    StoreFailedException(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param sequence of the last event that the log has */
    static StoreFailedException of(Path log, long sequence, Throwable cause) {
        String remedy = "Nothing more is acknowledged; mend the cause and open the store again.";
        return new StoreFailedException(stopMessage(log, "the store", sequence, cause, remedy), cause);
    }
}
