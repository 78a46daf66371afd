package dev.poro.perf.bench;

import com.google.gson.GsonBuilder;
import dev.poro.perf.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Base of the programs that measure stores and write results: the directory of the stores, which is removed however the
 * program ends, and that of the results.
 */
public abstract class MeasuringTool implements Callable<Integer> {
    private static final long SHOWING_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean brokenOff;

    /** The options, and what was typed. */
    @CommandLine.Spec
    protected CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "where the stores are while they are measured; the working directory")
    private Path directory = Path.of("");

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "where results and plots go; poro-${COMMAND-NAME}-TIME in the working directory")
    private Path out;

    /**
     * Runs a tool and ends the process with its exit status: 0; 1 if something that was measured failed, or was found
     * wrong; 2 for a wrong option.
     */
    protected static void run(MeasuringTool tool, String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(new CommandLine(tool)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    System.err.println(command.getCommandName() + ": " + failure.getMessage());
                    return 1;
                })
                .execute(args));
    }

    @Override
    public final Integer call() throws IOException, InterruptedException {
        requireSensible();
        if (!Files.isDirectory(directory.toAbsolutePath())) {
            throw wrong("--directory is no directory: " + directory);
        }
        String begun = LocalDateTime.now(ZoneId.systemDefault())
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
        String name = "poro-" + spec.name() + "-";
        Path stores = Files.createTempDirectory(directory.toAbsolutePath(), name + "stores-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> breakOff(stores)));
        try {
            return measure(begun, stores, out != null ? out : Path.of(name + begun.replace(":", "")));
        } finally {
            deleteQuietly(stores);
            ended.countDown();
        }
    }

    /** Whether the process is ending, as after Ctrl-C: nothing more is to be measured, or written. */
    protected final boolean isBrokenOff() {
        return brokenOff;
    }

    /** Throws {@link #wrong} if there is something wrong with the options. */
    protected abstract void requireSensible();

    /**
     * Measures.
     *
     * @param begun the time, to the second
     * @param stores an empty directory for what is measured
     * @param results a directory for what was found, which may not be there yet
     * @return the exit status
     */
    protected abstract int measure(String begun, Path stores, Path results) throws IOException, InterruptedException;

    /** The exception for a wrong option. */
    protected final CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    /** Throws unless an option's value is at least 1. */
    protected final void requirePositive(String option, long value) {
        if (value < 1) {
            throw wrong(option + " must be at least 1: " + value);
        }
    }

    /** The command that repeats this run: as typed, without the options that name places on this machine. */
    protected final String command() {
        List<String> words = new ArrayList<>(List.of("perf/bin/" + spec.name()));
        for (CommandLine.Model.ArgSpec arg : spec.commandLine().getParseResult().matchedArgs()) {
            if (arg instanceof CommandLine.Model.OptionSpec option && option.type() != Path.class) {
                words.add(option.longestName());
                if (!option.typeInfo().isBoolean()) {
                    words.add(String.join(",", option.originalStringValues()));
                }
            }
        }
        return String.join(" ", words);
    }

    /** Writes the results as JSON, as text, which is also printed, and as plots where this Java can draw. */
    protected final void leave(Object results, String text, Path directory, Plotter plots) throws IOException {
        System.out.print(text);
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("results.txt"), text);
        Files.writeString(
                directory.resolve("results.json"),
                new GsonBuilder().setPrettyPrinting().create().toJson(results) + "\n");
        try {
            System.out.printf(Locale.ROOT, "%s: results.json, results.txt and %d plots%n", directory, plots.draw());
        } catch (LinkageError | RuntimeException noGraphics) {
            System.out.printf(
                    Locale.ROOT,
                    "%s: results.json and results.txt; no plots, because this Java cannot draw (%s). With a JRE that"
                            + " is not headless and fontconfig it can.%n",
                    directory,
                    noGraphics);
        }
    }

    /**
     * The process ends. Those that measure must be gone before their files are, and whoever measures may still show
     * what there is so far.
     */
    private void breakOff(Path stores) {
        brokenOff = true;
        long deadline = System.nanoTime() + SHOWING_NANOS;
        try {
            do {
                ProcessHandle.current().children().forEach(child -> {
                    child.destroyForcibly();
                    child.onExit().join();
                });
            } while (!ended.await(100, TimeUnit.MILLISECONDS) && System.nanoTime() < deadline);
        } catch (InterruptedException nobodyDoes) {
            // The files are removed all the same.
        }
        deleteQuietly(stores);
    }

    /** Synchronized: if a signal ends the process, the measuring thread calls this, too. */
    private synchronized void deleteQuietly(Path stores) {
        try {
            Directories.delete(stores);
        } catch (IOException e) {
            System.err.println(spec.name() + ": cannot remove " + stores + ": " + e.getMessage());
        }
    }

    /** Draws into the directory of the results. */
    @FunctionalInterface
    protected interface Plotter {
        /** Returns how many plots it has written. */
        int draw() throws IOException;
    }
}
