package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jline.builtins.ScreenTerminal;

/** The program in a terminal of 80 columns and 24 rows, made by {@code script} of util-linux. */
final class PseudoTerminal implements AutoCloseable {
    private static final Path SCRIPT = Path.of("/usr/bin/script");
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    private final Process process;
    private final ScreenTerminal screen = new ScreenTerminal(80, 24);
    private final StringBuilder output = new StringBuilder();

    private PseudoTerminal(Process process) {
        this.process = process;
        Thread reader = new Thread(this::readOutput, "pseudo-terminal");
        reader.setDaemon(true);
        reader.start();
    }

    /** Runs a command in a terminal of type {@code term}, with {@code directory} as home and working directory. */
    static PseudoTerminal start(Path directory, String term, List<String> command) throws IOException {
        assumeTrue(Files.isExecutable(SCRIPT), "no " + SCRIPT);
        String quoted = command.stream()
                .map(argument -> "'" + argument.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        ProcessBuilder builder = new ProcessBuilder(SCRIPT.toString(), "-qefc", "exec " + quoted, "/dev/null")
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().put("TERM", term);
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("SHELL", "/bin/sh");
        return new PseudoTerminal(builder.start());
    }

    void type(String keys) throws IOException {
        process.getOutputStream().write(keys.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Waits until the screen shows exactly these lines; blanks at their ends do not count. */
    void awaitScreen(String... lines) throws InterruptedException {
        String expected = Stream.of(lines).map(String::stripTrailing).collect(Collectors.joining("\n"));
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (!screen().equals(expected) && System.nanoTime() - deadline < 0) {
            Thread.sleep(20);
        }
        assertThat(screen()).isEqualTo(expected);
    }

    /** The screen, without the blanks at the ends of lines and without the empty lines at its end. */
    String screen() {
        return screen.toString()
                .lines()
                .map(String::stripTrailing)
                .collect(Collectors.joining("\n"))
                .stripTrailing();
    }

    /** All that was written to the terminal, to the letter. */
    String output() {
        synchronized (output) {
            return output.toString();
        }
    }

    /** Sends SIGTERM to the program in the terminal. */
    void terminate() {
        process.descendants().forEach(ProcessHandle::destroy);
    }

    int exitStatus() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_NS, TimeUnit.NANOSECONDS))
                .as("ended; on the screen is:%n%s", screen())
                .isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private void readOutput() {
        try (Reader reader = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
            char[] characters = new char[4096];
            for (int n = reader.read(characters); n >= 0; n = reader.read(characters)) {
                String text = new String(characters, 0, n);
                synchronized (output) {
                    output.append(text);
                }
                screen.write(text);
            }
        } catch (IOException e) {
            // The terminal is gone. The test finds out by what is on the screen.
        }
    }
}
