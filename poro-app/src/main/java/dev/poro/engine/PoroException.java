package dev.poro.engine;

import dev.poro.statemachine.StateMachineException;
import dev.poro.wal.LogDamagedException;
import dev.poro.wal.LogException;
import dev.poro.wal.LogLockedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** What went wrong with a store. The message says where, and what to do about it. */
public class PoroException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message where it happened, what went wrong, and what to do about it, in full sentences */
    public PoroException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * The exception that says why an operation on a log has stopped: a {@link StoreLockedException}, a
     * {@link StoreDamagedException}, or one of this class.
     *
     * @param log its directory
     * @param activity what has stopped
     * @param sequence of the last event that it had come to; 0 if it had come to none
     * @param failure its cause
     * @param remedy full sentences
     */
    public static PoroException stopped(Path log, String activity, long sequence, Throwable failure, String remedy) {
        Objects.requireNonNull(log, "log");
        Objects.requireNonNull(activity, "activity");
        Objects.requireNonNull(failure, "failure");
        Objects.requireNonNull(remedy, "remedy");
        if (failure instanceof LogLockedException) {
            return new StoreLockedException(failure.getMessage(), failure);
        }
        if (failure instanceof LogDamagedException) {
            return new StoreDamagedException(failure.getMessage(), failure);
        }
        if (failure instanceof LogException) {
            return new PoroException(failure.getMessage(), failure);
        }
        return new PoroException(stopMessage(log, activity, sequence, failure, remedy), failure);
    }

    /** Log, sequence, what failed where, remedy. */
    static String stopMessage(Path log, String activity, long sequence, Throwable failure, String remedy) {
        return log + ": " + activity + " has stopped at sequence " + sequence + ": " + textOf(failure) + ". " + remedy;
    }

    /** Failures of storage, state machine and memory say it plainly; of others, the type is half of the message. */
    private static String textOf(Throwable failure) {
        boolean isPlain = failure instanceof IOException
                || failure instanceof StateMachineException
                || failure instanceof OutOfMemoryError;
        return isPlain && failure.getMessage() != null ? failure.getMessage() : failure.toString();
    }
}
