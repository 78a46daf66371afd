package dev.poro.perf.snapshots;

import dev.poro.engine.SyncPolicy;
import dev.poro.perf.Directories;
import dev.poro.perf.bench.Machine;
import dev.poro.perf.bench.MeasuringTool;
import dev.poro.perf.bench.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what snapshots cost and what they save: {@code perf/bin/snapshots}. */
@Command(
        name = "snapshots",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Measures snapshots: how fast they are written, how they slow down a writer at full speed, and"
                + " how long a restart takes from a snapshot and from the log. Without options it takes about five"
                + " minutes, and 15 GB of disk meanwhile.")
public final class Snapshots extends MeasuringTool {
    @Option(
            names = "--shape",
            paramLabel = "KEYS:KEY/VALUE",
            converter = Shape.Converter.class,
            description = "number and lengths while snapshots are taken beside a writer; ${DEFAULT-VALUE}")
    private Shape shape = new Shape(5_000_000, 16, 64);

    @Option(
            names = "--restart",
            split = ",",
            paramLabel = "KEYS:KEY/VALUE",
            converter = Shape.Converter.class,
            description = "numbers and lengths for the restarts; ${DEFAULT-VALUE}")
    private List<Shape> restarts =
            List.of(new Shape(1_000_000, 16, 64), new Shape(5_000_000, 16, 64), new Shape(10_000_000, 16, 64));

    @Option(names = "--sync", paramLabel = "POLICY", description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE}")
    private SyncPolicy sync = SyncPolicy.EVERYSEC;

    @Option(names = "--rounds", paramLabel = "N", description = "how often each is measured; ${DEFAULT-VALUE}")
    private int rounds = 3;

    @Option(
            names = "--idle",
            paramLabel = "MS",
            description = "milliseconds that the writer is measured between snapshots; ${DEFAULT-VALUE}")
    private long idleMillis = 4_000;

    /** Exit status: 0; 1 if a job failed or its check; 2 for a wrong option. */
    public static void main(String[] args) {
        run(new Snapshots(), args);
    }

    @Override
    protected void requireSensible() {
        requirePositive("--rounds", rounds);
        requirePositive("--idle", idleMillis);
    }

    @Override
    protected int measure(String begun, Path stores, Path results) throws IOException, InterruptedException {
        JobProcess process = new JobProcess(stores);
        UnderWrites.Figures underWrites = measureUnderWrites(process, stores);
        List<SnapshotResults.Restart> restarted = new ArrayList<>();
        for (Shape each : restarts) {
            restarted.add(measureRestart(process, stores, each));
        }
        SnapshotResults found = new SnapshotResults(
                begun, command(), Machine.describe(stores), shape.toString(), underWrites, restarted);
        leave(found, found.render(), results, () -> new SnapshotPlots(found, results).write());
        return 0;
    }

    /** The store that is opened again, from its last snapshot, has the contents that the live one had. */
    private UnderWrites.Figures measureUnderWrites(JobProcess process, Path stores)
            throws IOException, InterruptedException {
        System.out.println("beside a writer: " + shape);
        Job job = job(Job.Kind.UNDER_WRITES, stores, shape);
        Job.Result live = process.run(job).result();
        requireSame(live, process.run(job.as(Job.Kind.OPEN)).result(), true);
        Directories.delete(Path.of(job.directory()));
        return live.underWrites();
    }

    private SnapshotResults.Restart measureRestart(JobProcess process, Path stores, Shape of)
            throws IOException, InterruptedException {
        System.out.println("restart: " + of);
        Job fill = job(Job.Kind.FILL, stores, of);
        Job.Result live = process.run(fill).result();
        List<Double> fromLog = open(process, fill, live, false);
        process.run(fill.as(Job.Kind.SNAPSHOT));
        List<Double> fromSnapshot = open(process, fill, live, true);
        Directories.delete(Path.of(fill.directory()));
        return new SnapshotResults.Restart(of.toString(), fromLog, fromSnapshot);
    }

    private List<Double> open(JobProcess process, Job job, Job.Result live, boolean fromSnapshot)
            throws IOException, InterruptedException {
        List<Double> millis = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            JobProcess.Done opened = process.run(job.as(Job.Kind.OPEN));
            requireSame(live, opened.result(), fromSnapshot);
            millis.add(opened.openedMillis());
        }
        return millis;
    }

    private Job job(Job.Kind kind, Path stores, Shape of) {
        return new Job(kind, stores.resolve("store").toString(), of, sync, idleMillis, rounds);
    }

    private static void requireSame(Job.Result live, Job.Result opened, boolean fromSnapshot) throws IOException {
        if (opened.digest() != live.digest() || opened.fromSnapshot() != fromSnapshot) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "digest %016x %s a snapshot, %016x live",
                    opened.digest(),
                    opened.fromSnapshot() ? "from" : "without",
                    live.digest()));
        }
    }
}
