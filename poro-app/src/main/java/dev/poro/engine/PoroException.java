package dev.poro.engine;

import dev.poro.statemachine.StateMachineException;
import dev.poro.wal.LogDamagedException;
import dev.poro.wal.LogException;
import dev.poro.wal.LogLockedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** An operation on a store or a log failed. The message says what failed, where, and what to do about it. */
public class PoroException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message where it happened, what went wrong, and what to do about it, in full sentences */
    public PoroException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * The exception for an operation on a log that has stopped: a {@link StoreLockedException}, a
     * {@link StoreDamagedException}, or one of this class.
     *
     * @param log the directory of the log
     * @param activity what has stopped, for the message
     * @param sequence the sequence of the last event that it reached; 0 if it reached none
     * @param failure the cause
     * @param remedy what to do, in full sentences
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

    /** A message that names the log, the sequence, what failed where, and the remedy. */
    static String stopMessage(Path log, String activity, long sequence, Throwable failure, String remedy) {
        return log + ": " + activity + " has stopped at sequence " + sequence + ": " + textOf(failure) + ". " + remedy;
    }

    /**
     * The message of a failure. Those of storage, state machine and memory are complete; for others the type is needed
     * as well.
     */
    private static String textOf(Throwable failure) {
        boolean isPlain = failure instanceof IOException
                || failure instanceof StateMachineException
                || failure instanceof OutOfMemoryError;
        return isPlain && failure.getMessage() != null ? failure.getMessage() : failure.toString();
    }
}
