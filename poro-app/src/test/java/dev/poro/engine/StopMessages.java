package dev.poro.engine;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a message has to say when a store stops, does not open, or cannot take a change: file or directory, the offset
 * if what failed has one, the sequence that the log had come to, the cause, and what to do.
 */
public final class StopMessages {
    private static final String ERRORS_PREFIX = "poro: ";

    private static final Pattern STOPPED = Pattern.compile("(?<log>[^:]+): "
            + "(the store|opening|repairing|reading|salvaging|backing up|restoring)"
            + " has stopped at sequence (?<sequence>\\d+): "
            + "(?<cause>.*\\S)\\. (?<remedy>[A-Z].*\\b(open|repair|salvage|try)\\b.*\\.)");

    private static final Pattern DAMAGED = Pattern.compile("(?<file>[^:]+): damaged at offset [\\d,]+"
            + " \\(sequence (?<sequence>\\d+)\\): \\S.*\\. Restore the file from a copy;"
            + " 'poro verify .*'poro salvage .*\\.");

    private static final Pattern LOCKED = Pattern.compile("(?<log>[^:]+) is (already )?open in (this|another) process"
            + " \\((pid \\d+|which left no pid)\\)\\. (Close|Stop) .*\\.");

    private static final Pattern FULL = Pattern.compile(
            "(?<log>[^:]+): the log takes no events now: (a segment was missing|(no new segment could be"
                    + " prepared|a frame could not be written) \\((?<cause>.+)\\))\\. Nothing was written;"
                    + " writing resumes"
                    + " by itself once the cause is gone\\.");

    private static final Pattern FILE =
            Pattern.compile("(.*/)?(\\d{10}\\.(wal|changes)(\\.\\S+)?|\\d{19}\\.snapshot(\\.\\S+)?"
                    + "|snapshot\\.tmp|\\.?LOCK|STORE(\\.tmp)?)");

    private static final Pattern FAILED_CALL =
            Pattern.compile("(?<file>[^:]+): cannot (?<call>[a-z ]+?)( to \\S+)?( at offset (?<offset>\\d+))?: \\S.*");

    private static final Pattern LOST_FILE = Pattern.compile("(?<file>[^:]+): the file was "
            + "(removed|replaced by another one|cut short: it ends at offset \\d+ and not at \\d+)");

    private static final Pattern SHRUNK_FILE = Pattern.compile(
            "(?<file>[^:]+): read \\d+ bytes at offset \\d+ where" + " the file had \\d+: it shrank while it was read");

    private static final Pattern FRAME_IN_DOUBT =
            Pattern.compile("(?<file>[^:]+): whether the frame at offset \\d+ is in the log is in doubt: \\S.*");

    private static final Set<String> CALLS_AT_AN_OFFSET = Set.of("read", "write");

    private static final Set<String> CALLS_ON_A_FILE = Set.of(
            "create", "open", "rename", "delete", "force", "tell the length", "map", "close", "lock", "look it up");

    private static final Set<String> CALLS_ON_A_DIRECTORY =
            Set.of("list", "force the directory", "create the directory", "tell the file system", "find");

    private StopMessages() {}

    /**
     * Fails unless the message is complete.
     *
     * @return the sequence that it names; -1 if nothing was read, because the log is locked
     */
    public static long requireComplete(PoroException stop) {
        boolean isOfStorage = stop.getCause() instanceof IOException;
        if (isOfStorage && !stop.getMessage().contains(stop.getCause().getMessage())) {
            throw incomplete("does not say what failed", stop.getMessage());
        }
        return requireComplete(stop.getMessage(), isOfStorage);
    }

    /** Fails unless a message of a store that a failure of storage has stopped is complete. */
    public static long requireComplete(String message) {
        return requireComplete(message, true);
    }

    /** Fails unless a program has written such messages to standard error, and only complete ones. */
    public static void requireCompleteErrors(String errors) {
        List<String> messages = errors.lines()
                .filter(line -> line.startsWith(ERRORS_PREFIX))
                .map(line -> line.substring(ERRORS_PREFIX.length()))
                .toList();
        if (messages.isEmpty()) {
            throw incomplete("no message", errors);
        }
        messages.forEach(StopMessages::requireComplete);
    }

    private static long requireComplete(String message, boolean isOfStorage) {
        Matcher stopped = STOPPED.matcher(message);
        if (stopped.matches()) {
            if (isOfStorage) {
                requireCause(stopped.group("cause"), message);
            }
            return Long.parseLong(stopped.group("sequence"));
        }
        Matcher damaged = DAMAGED.matcher(message);
        if (damaged.matches()) {
            requireFile(damaged.group("file"), message);
            return Long.parseLong(damaged.group("sequence"));
        }
        Matcher full = FULL.matcher(message);
        if (full.matches()) {
            if (full.group("cause") != null) {
                requireCause(full.group("cause"), message);
            }
        } else if (!LOCKED.matcher(message).matches()) {
            throw incomplete("lacks log, sequence, cause or remedy", message);
        }
        return -1;
    }

    private static void requireCause(String cause, String message) {
        for (Pattern known : List.of(LOST_FILE, SHRUNK_FILE, FRAME_IN_DOUBT)) {
            Matcher file = known.matcher(cause);
            if (file.matches()) {
                requireFile(file.group("file"), message);
                return;
            }
        }
        Matcher failed = FAILED_CALL.matcher(cause);
        if (!failed.matches()) {
            throw incomplete("does not say which call failed on which file", message);
        }
        String call = failed.group("call");
        boolean hasOffset = failed.group("offset") != null;
        if (hasOffset != CALLS_AT_AN_OFFSET.contains(call)) {
            throw incomplete(hasOffset ? "has an offset" : "has no offset", message);
        }
        if (hasOffset || CALLS_ON_A_FILE.contains(call)) {
            requireFile(failed.group("file"), message);
        } else if (!CALLS_ON_A_DIRECTORY.contains(call)) {
            throw incomplete("unknown call", message);
        }
    }

    private static void requireFile(String file, String message) {
        if (!FILE.matcher(file).matches()) {
            throw incomplete("no file of a log", message);
        }
    }

    private static AssertionError incomplete(String why, String message) {
        return new AssertionError(why + ": " + message);
    }
}
