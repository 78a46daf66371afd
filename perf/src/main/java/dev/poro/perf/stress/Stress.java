package dev.poro.perf.stress;

import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.perf.TemporaryLog;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code perf/bin/stress}. {@code --help} shows its options. */
@Command(
        name = "stress",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = {
            "%nRuns many producers against a store and proves at the end that each event was applied exactly once, in"
                    + " the order of its producer, and that store, log, model and replay agree. Ctrl-C ends it early;"
                    + " what was done until then is proved, too.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:Everything was proved.", "1:A proof or the store failed.", "2:The options are wrong."})
final class Stress implements Callable<Integer> {
    private static final int PROVED = 0;
    private static final int FAILED = 1;

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private volatile StressRun run;
    private volatile boolean interrupted;

    @Spec
    private CommandSpec spec;

    @Mixin
    private StressOptions options;

    @Option(
            names = "--wal",
            paramLabel = "PATH",
            description = "A directory for the log, empty or missing; it is kept. Default: a temporary one here.")
    private Path wal;

    @Option(names = "--keep", description = "Keep the temporary log, as after a failure.")
    private boolean keep;

    Stress(PrintStream out, PrintStream err, boolean terminal) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    /** Runs the program and ends the JVM with its status. */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        Stress stress = new Stress(out, System.err, Boolean.getBoolean("poro.perf.terminal"));
        CountDownLatch ended = new CountDownLatch(1);
        int[] status = {FAILED};
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (ended.getCount() > 0) {
                stress.interrupt();
                awaitUninterruptibly(ended);
                Runtime.getRuntime().halt(status[0]);
            }
        }));
        try {
            status[0] = stress.execute(args);
        } finally {
            out.flush();
            ended.countDown();
        }
        System.exit(status[0]);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int execute(String... args) {
        return new CommandLine(this)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((e, ignored) -> reportUsage(e))
                .setExecutionExceptionHandler((e, command, parsed) -> reportFailure(e))
                .execute(args);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        requireSense(options.check());
        requireSense(wal == null || isFree(wal) ? null : "--wal " + wal + ": must be an empty directory, or missing");
        TemporaryLog temporary = wal == null ? new TemporaryLog() : null;
        Path path = wal == null ? temporary.path() : wal;
        boolean proved = false;
        try {
            proved = stress(path);
        } finally {
            if (temporary != null && proved && !keep) {
                temporary.close();
            } else {
                out.println("the log is kept: " + path);
            }
        }
        out.println(proved ? "OK" : "FAILED");
        return proved ? PROVED : FAILED;
    }

    private void requireSense(String defect) {
        if (defect != null) {
            throw new ParameterException(spec.commandLine(), defect);
        }
    }

    private static boolean isFree(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return !Files.exists(path);
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isEmpty();
        }
    }

    private boolean stress(Path path) throws IOException, InterruptedException {
        StressRun.Plan plan = options.plan();
        out.println(plan);
        out.println(options);
        // Closed only when it is idle: a store that makes no progress cannot be closed either.
        Poro poro = options.store(path).open();
        StressRun started = new StressRun(poro, plan);
        run = started;
        if (interrupted) {
            interrupt();
        }
        Meter.Interval total = started.run(new LiveTable(out, terminal));
        if (started.stopReason() != null) {
            out.println("ended because " + started.stopReason());
        }
        Proof.Live live = Proof.Live.of(poro);
        poro.close();
        Summary summary = new Summary(out);
        summary.printFigures(total, lengthOf(path));
        summary.printLatencies(total);
        return started.failures().isEmpty() ? prove(path, plan, started, live) : reportFailures(started.failures());
    }

    private boolean prove(Path path, StressRun.Plan plan, StressRun ended, Proof.Live live) throws IOException {
        List<Proof.Claim> claims = new ArrayList<>();
        claims.add(ended.reads());
        claims.addAll(Proof.of(plan.workload(), ended.published(), live, path, options.store(path)));
        new Summary(out).printProofs(claims);
        return claims.stream().allMatch(Proof.Claim::holds);
    }

    private boolean reportFailures(List<String> failures) {
        out.println();
        failures.forEach(out::println);
        return false;
    }

    private static long lengthOf(Path path) throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private int reportUsage(ParameterException e) {
        err.println("stress: " + e.getMessage());
        err.println("Try 'stress --help' for what it takes.");
        return CommandLine.ExitCode.USAGE;
    }

    private int reportFailure(Exception e) {
        out.println("FAILED: " + (e instanceof PoroException ? e.getMessage() : e));
        out.flush();
        return FAILED;
    }

    /** Ends the producers early. */
    private void interrupt() {
        interrupted = true;
        StressRun current = run;
        if (current != null) {
            current.stop("it was interrupted");
        }
    }
}
