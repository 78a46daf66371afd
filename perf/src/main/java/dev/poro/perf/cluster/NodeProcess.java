package dev.poro.perf.cluster;

import dev.poro.perf.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The program in a process of its own: as a server, or for one command. Closing it ends the process. */
final class NodeProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final Path errors;

    private NodeProcess(Process process, Path errors) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.errors = errors;
    }

    /**
     * Starts the program.
     *
     * @param project the root of Poro's sources
     * @param errors takes what it writes to standard error
     */
    static NodeProcess start(Path project, Path errors, List<String> arguments) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(project.resolve("poro-app/bin/poro").toString());
        builder.command().addAll(arguments);
        return new NodeProcess(builder.redirectError(errors.toFile()).start(), errors);
    }

    /**
     * Waits until it serves.
     *
     * @throws IOException with what it has written, if it ends instead
     */
    void awaitServing() throws IOException {
        String line = output.readLine();
        if (line == null || !line.startsWith("Listening on ")) {
            throw new IOException("a node has not started: " + line + "\n" + Files.readString(errors));
        }
    }

    /**
     * Waits until it has ended by itself, for a command that does.
     *
     * @throws IOException with what it has written, if it has failed
     */
    void awaitEnd() throws IOException, InterruptedException {
        String written = output.lines().collect(Collectors.joining("\n"));
        if (process.waitFor() != 0) {
            throw new IOException("a command has failed: " + written + "\n" + Files.readString(errors));
        }
    }

    /** Processor time of all its threads so far, in seconds. */
    double processorSeconds() throws IOException {
        return Processes.processorSeconds(process);
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** SIGTERM; then, if need be, SIGKILL. */
    @Override
    public void close() {
        Processes.end(process);
    }
}
