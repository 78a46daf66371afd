package dev.poro.process.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a program under strace, which tampers with one of its system calls on the files of one log. */
public final class Strace {
    private static final int SEGMENTS = 60;

    private final Path log;
    private final Path trace;

    /** @param trace where strace writes what it did */
    public Strace(Path log, Path trace) {
        this.log = log;
        this.trace = trace;
    }

    /**
     * The command, traced.
     *
     * @param tampering as strace's {@code inject=} wants it. It counts the calls of each thread on its own.
     */
    public List<String> command(String call, String tampering, List<String> program) {
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", trace.toString()));
        if (!tampering.startsWith("signal=")) {
            // Other calls then cost nothing; but where a call is met that way, strace cannot send a signal.
            command.add("--seccomp-bpf");
        }
        command.addAll(List.of("-e", "trace=" + call));
        command.addAll(List.of("-e", "inject=" + call + ":" + tampering));
        addPath(command, log);
        for (int number = 1; number <= SEGMENTS; number++) {
            Path segment = log.resolve(String.format("%010d.wal", number));
            addPath(command, segment);
            addPath(command, Path.of(segment + ".tmp"));
        }
        command.addAll(program);
        return command;
    }

    private static void addPath(List<String> command, Path path) {
        command.add("-P");
        command.add(path.toString());
    }

    /** Whether it came to that: the program made the call often enough. */
    public boolean hasTampered() throws IOException {
        String text = Files.readString(trace);
        return text.contains("INJECTED") || text.contains("killed by SIGKILL");
    }
}
