package dev.poro.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Processes that are measured. */
public final class Processes {
    private static final long STOP_SECONDS = 15;

    /** A tick of the times in /proc: 10 ms wherever Linux runs today. */
    private static final double TICKS_A_SECOND = 100;

    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    private Processes() {}

    /**
     * The command that starts a JVM to be measured, up to its class path: the Java that runs this, with the options in
     * PORO_OPTS, too.
     */
    public static List<String> java() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(moreOptions());
        return command;
    }

    /** The options in PORO_OPTS, which blanks separate. */
    public static List<String> moreOptions() {
        String options = System.getenv().getOrDefault("PORO_OPTS", "").strip();
        return options.isEmpty() ? List.of() : List.of(options.split("\\s+", -1));
    }

    /** Processor time of all threads of a process so far, in seconds. */
    public static double processorSeconds(Process process) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        // What comes before is the number of the process and its name, which may have blanks in it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME])) / TICKS_A_SECOND;
    }

    /** SIGTERM; then, if need be or the caller is interrupted, SIGKILL. */
    public static void end(Process process) {
        process.destroy();
        try {
            if (process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
