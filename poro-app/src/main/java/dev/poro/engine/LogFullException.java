package dev.poro.engine;

import java.nio.file.Path;
import java.util.Objects;

/**
 * The log has no room for the event, which did not happen: a segment could not be prepared, or a frame could not be
 * written, because the disk is full or for another reason that the message names. Reads go on; writes resume by
 * themselves once the cause is gone.
 */
public final class LogFullException extends PoroException {
    private static final long serialVersionUID = 1L;

    LogFullException(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param why what failed, or {@code null} if the cause has just gone */
    static LogFullException of(Path log, String why) {
        return new LogFullException(
                log + ": the log takes no events now: " + Objects.requireNonNullElse(why, "a segment was missing")
                        + ". Nothing was written; writing resumes by itself once the cause is gone.",
                null);
    }
}
