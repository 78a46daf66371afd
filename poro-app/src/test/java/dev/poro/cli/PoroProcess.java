package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The real program, from {@code target/poro.jar}, in a process of its own. */
final class PoroProcess implements AutoCloseable {
    private static final long PATIENCE_S = 120;

    private final Process process;
    private final CompletableFuture<byte[]> errors;

    private PoroProcess(Process process) {
        this.process = process;
        this.errors = CompletableFuture.supplyAsync(() -> readAll(process.getErrorStream()), PoroProcess::inThread);
    }

    /** How a process ended. */
    static final class Result {
        final int exitStatus;
        final byte[] replies;
        final String errors;

        Result(int exitStatus, byte[] replies, String errors) {
            this.exitStatus = exitStatus;
            this.replies = replies;
            this.errors = errors;
        }

        String text() {
            return new String(replies, StandardCharsets.UTF_8);
        }
    }

    /** The command that starts the program in this Java, with the JVM options that its launcher gives. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                System.getProperty("poro.jar")));
        command.addAll(List.of(arguments));
        return command;
    }

    static PoroProcess start(Path directory, String... arguments) throws IOException {
        return start(new ProcessBuilder(command(arguments)).directory(directory.toFile()));
    }

    static PoroProcess start(ProcessBuilder builder) throws IOException {
        return new PoroProcess(builder.start());
    }

    /** Runs the program on {@code input} to its end. */
    static Result run(Path directory, String input, String... arguments) throws Exception {
        return run(directory, input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    static Result run(Path directory, byte[] input, String... arguments) throws Exception {
        try (PoroProcess poro = start(directory, arguments)) {
            return poro.finish(input);
        }
    }

    /** Sends what is left to send, ends the input, and waits for the process to end. */
    Result finish(byte[] input) throws Exception {
        CompletableFuture<byte[]> replies =
                CompletableFuture.supplyAsync(() -> readAll(process.getInputStream()), PoroProcess::inThread);
        try (OutputStream in = process.getOutputStream()) {
            in.write(input);
        } catch (IOException e) {
            // It may have ended before it read everything; what it said before tells more.
        }
        return new Result(
                exitStatus(),
                replies.get(PATIENCE_S, TimeUnit.SECONDS),
                new String(errors.get(PATIENCE_S, TimeUnit.SECONDS), StandardCharsets.UTF_8));
    }

    void send(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** The next line of the replies. */
    String reply() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = process.getInputStream().read();
                b >= 0 && b != '\n';
                b = process.getInputStream().read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    InputStream output() {
        return process.getInputStream();
    }

    /** Asks it to end, by SIGTERM. */
    void terminate() {
        process.destroy();
    }

    int exitStatus() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_S, TimeUnit.SECONDS))
                .as("poro ended")
                .isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Reading blocks: the common pool, which may have a single thread, is not for that. */
    private static void inThread(Runnable reader) {
        Thread thread = new Thread(reader, "poro-reader");
        thread.setDaemon(true);
        thread.start();
    }

    private static byte[] readAll(InputStream in) {
        try {
            return in.readAllBytes();
        } catch (IOException e) {
            return e.toString().getBytes(StandardCharsets.UTF_8);
        }
    }
}
