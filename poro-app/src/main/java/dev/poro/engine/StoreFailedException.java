package dev.poro.engine;

import java.nio.file.Path;

/**
 * The store has stopped because its log or its state can no longer be trusted. The next recovery decides whether the
 * event happened.
 */
public final class StoreFailedException extends PoroException {
    private static final long serialVersionUID = 1L;

    StoreFailedException(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param sequence the sequence of the last event in the log */
    static StoreFailedException of(Path log, long sequence, Throwable cause) {
        String remedy = "Nothing more is acknowledged; fix the cause and open the store again.";
        return new StoreFailedException(stopMessage(log, "the store", sequence, cause, remedy), cause);
    }
}
