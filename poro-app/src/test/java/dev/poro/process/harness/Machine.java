package dev.poro.process.harness;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What tests need of the machine. Where it is missing they are skipped, and say what it is. */
public final class Machine {
    private static final int PATIENCE_S = 60;

    private Machine() {}

    /** Skips the test unless all these programs are on the PATH. */
    public static void requireTools(String... tools) {
        for (String tool : tools) {
            assumeTrue(findsTool(tool), "needs " + tool + ", which is not on the PATH");
        }
    }

    private static boolean findsTool(String tool) {
        for (String directory : (System.getenv("PATH") + ":/usr/sbin:/sbin").split(File.pathSeparator, -1)) {
            if (Files.isExecutable(Path.of(directory, tool))) {
                return true;
            }
        }
        return false;
    }

    /** Skips the test unless it runs as root. */
    public static void requireRoot() throws IOException {
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")), "needs root");
    }

    /** Skips the test unless strace may trace here. */
    public static void requireStrace() {
        requireTools("strace");
        try {
            run("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO:when=1", "true");
        } catch (IOException e) {
            assumeTrue(false, "needs an strace that can trace: " + e.getMessage());
        }
    }

    /** The home of an installed JDK of a feature release. Skips the test if there is none. */
    public static Path requireJdk(String feature) {
        try {
            return Path.of(run(Path.of("..", ".ci", "find-jdk"), feature));
        } catch (IOException e) {
            return abort("needs a JDK " + feature + ", which is not installed");
        }
    }

    /**
     * Runs a command to its end and returns what it wrote.
     *
     * @throws IOException if it fails; the message has what it wrote
     */
    public static String run(Object... command) throws IOException {
        List<String> words = new ArrayList<>();
        for (Object word : command) {
            words.add(word.toString());
        }
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        try {
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", words) + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return output;
    }
}
