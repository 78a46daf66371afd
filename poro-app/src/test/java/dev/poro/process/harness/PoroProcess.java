package dev.poro.process.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The real program, from {@code target/poro.jar}, in a process of its own. */
public final class PoroProcess implements AutoCloseable {
    private static final String ASSERTIONS = "-ea:dev.poro...";

    /** The exit status of a store that a failed disk has stopped. */
    public static final int STORE_FAILED = 4;

    private static final long PATIENCE_S = 120;

    private final Process process;
    private final CompletableFuture<byte[]> errors;

    private PoroProcess(Process process) {
        this.process = process;
        this.errors = CompletableFuture.supplyAsync(() -> readAll(process.getErrorStream()), PoroProcess::inThread);
    }

    /** How a process ended. */
    public static final class Result {
        public final int exitStatus;
        public final byte[] replies;
        public final String errors;

        Result(int exitStatus, byte[] replies, String errors) {
            this.exitStatus = exitStatus;
            this.replies = replies;
            this.errors = errors;
        }

        /** The replies, as text. */
        public String text() {
            return new String(replies, StandardCharsets.UTF_8);
        }
    }

    /** The archive of classes that prompts and tools share; {@code null} if there is none. */
    public static Path classArchive() {
        return ClassArchive.ofTools().file;
    }

    /** The command that starts the program in this Java, with its launcher's JVM options and assertions. */
    public static List<String> command(String... arguments) {
        return command(jar(), List.of(), List.of(arguments));
    }

    /** {@link #command(String...)} of any build of the program, with more options of the JVM. */
    static List<String> command(Path jar, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>(java());
        if (jar.equals(jar())) {
            command.addAll(ClassArchive.of(arguments).option);
        }
        command.addAll(languageOptions());
        command.addAll(options);
        command.addAll(program(jar, arguments));
        return command;
    }

    /** What follows the options of the JVM in the command that starts the program, as in its launcher. */
    static List<String> program(Path jar, List<String> arguments) {
        List<String> command = new ArrayList<>();
        if (arguments.contains("cluster")) {
            command.addAll(List.of("--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED"));
        }
        command.addAll(List.of("-cp", jar.toString(), "dev.poro.cli.Main"));
        command.addAll(arguments);
        return command;
    }

    /** The program. */
    static Path jar() {
        return Path.of(System.getProperty("poro.jar"));
    }

    /**
     * The command that starts a program of the test class path in this Java: poro.jar and the tests' own classes are
     * all it finds.
     */
    public static List<String> commandOf(Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(java());
        command.addAll(ClassArchive.ofTools().option);
        command.addAll(languageOptions());
        command.addAll(main(main, arguments));
        return command;
    }

    /** What follows the options of the JVM in the command that starts a program of the test class path. */
    public static List<String> main(Class<?> main, Object... arguments) {
        // By way of a URI: the path of a URL has %20 for a blank.
        Path tests = Path.of(URI.create(
                main.getProtectionDomain().getCodeSource().getLocation().toString()));
        List<String> command = new ArrayList<>();
        command.addAll(List.of("-cp", System.getProperty("poro.jar") + File.pathSeparator + tests, main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    /** {@link #java(Path)} of the Java that runs this. */
    static List<String> java() {
        return java(Path.of(System.getProperty("java.home")));
    }

    /** A Java with the launcher's options, and without the compiler for long runs: none of these is one. */
    public static List<String> java(Path home) {
        return List.of(
                home.resolve("bin").resolve("java").toString(),
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--sun-misc-unsafe-memory-access=allow",
                ASSERTIONS,
                "-Xlog:disable",
                "-XX:-UsePerfData",
                "-XX:+UseSerialGC",
                "-XX:+UseTransparentHugePages",
                "-Xms16m",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1");
    }

    /** The program speaks the language of the tests, and lives in their time zone. */
    private static List<String> languageOptions() {
        return List.of(
                "-Duser.language=" + Locale.getDefault().getLanguage(),
                "-Duser.country=" + Locale.getDefault().getCountry(),
                "-Duser.timezone=" + TimeZone.getDefault().getID());
    }

    /** Starts the program in a directory. */
    public static PoroProcess start(Path directory, String... arguments) throws IOException {
        return start(new ProcessBuilder(command(arguments)).directory(directory.toFile()));
    }

    /** Starts whatever is to be started. */
    public static PoroProcess start(ProcessBuilder builder) throws IOException {
        return new PoroProcess(builder.start());
    }

    /** Runs the program on {@code input} to its end. */
    public static Result run(Path directory, String input, String... arguments) throws Exception {
        return run(directory, input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    /** Runs the program on {@code input} to its end. */
    public static Result run(Path directory, byte[] input, String... arguments) throws Exception {
        try (PoroProcess poro = start(directory, arguments)) {
            return poro.finish(input);
        }
    }

    /** Sends what is left to send, ends the input, and waits for the process to end. */
    public Result finish(byte[] input) throws Exception {
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

    /** Sends text, which goes out at once. */
    public void send(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** The next line of the replies. */
    public String reply() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = process.getInputStream().read();
                b >= 0 && b != '\n';
                b = process.getInputStream().read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** What it writes to standard output. */
    public InputStream output() {
        return process.getInputStream();
    }

    public long pid() {
        return process.pid();
    }

    /** Asks it to end, by SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Ends it by SIGKILL, and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        exitStatus();
    }

    /** Waits for it to end. */
    public int exitStatus() throws InterruptedException {
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
