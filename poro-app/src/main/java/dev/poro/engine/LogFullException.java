package dev.poro.engine;

import java.nio.file.Path;
import java.util.Objects;

/** The log has no space on its disk; the event did not happen. Reads go on, writes resume when there is space. */
public final class LogFullException extends PoroException {
    private static final long serialVersionUID = 1L;

    LogFullException(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param why what the disk says, or {@code null} if that has changed just now */
    static LogFullException of(Path log, String why) {
        return new LogFullException(
                log + ": no space for the next log segment (" + Objects.toString(why, "just now")
                        + "). Nothing was written; writing resumes by itself once there is space.",
                null);
    }
}
