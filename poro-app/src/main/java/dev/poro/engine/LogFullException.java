package dev.poro.engine;

import java.nio.file.Path;
import java.util.Objects;

/**
 * The log had no place for the event, which did not happen: a segment could not be prepared, or a frame not be written,
 * for want of space on the disk or another reason, which the message tells. Reads go on; writes resume by themselves
 * once the cause is gone.
 */
public final class LogFullException extends PoroException {
    private static final long serialVersionUID = 1L;

    LogFullException(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param why what has failed, or {@code null} if that has changed just now */
    static LogFullException of(Path log, String why) {
        return new LogFullException(
                log + ": the log takes no events now: " + Objects.requireNonNullElse(why, "a segment was missing")
                        + ". Nothing was written; writing resumes by itself once the cause is gone.",
                null);
    }
}
