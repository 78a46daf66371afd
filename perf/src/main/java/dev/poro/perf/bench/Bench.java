package dev.poro.perf.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs Poro and its peers in turns and compares them: {@code perf/bin/bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Runs Poro and its peers in turns, each in a JVM of its own, and compares them. Without options:"
                + " the standard comparison, about ten minutes. Lists are separated by commas.")
public final class Bench extends MeasuringTool {
    private static final int STARTUP_MILLIS = 1_500;
    private static final long LOADS_PER_MILLI = 500;
    private static final long MIN_HEAP = 1L << 30;

    @Option(names = "--engines", split = ",", paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}; all")
    private List<EngineKind> engines = List.of(EngineKind.values());

    @Option(
            names = "--shapes",
            split = ",",
            paramLabel = "KEYS:KEY/VALUE",
            converter = Shape.Converter.class,
            description = "number of keys, lengths of keys and values in bytes; 100k:16/16,100k:32/128,100k:16/1024")
    private List<Shape> shapes =
            List.of(new Shape(100_000, 16, 16), new Shape(100_000, 32, 128), new Shape(100_000, 16, 1024));

    @Option(names = "--seed-shapes", description = "the seven shapes of Poro's first benchmark instead")
    private boolean seedShapes;

    @Option(
            names = "--workloads",
            split = ",",
            paramLabel = "NAME",
            description = "${COMPLETION-CANDIDATES}; put,put-async,get,delete,ycsb-a")
    private List<Workload> workloads =
            List.of(Workload.PUT, Workload.PUT_ASYNC, Workload.GET, Workload.DELETE, Workload.YCSB_A);

    @Option(names = "--threads", split = ",", paramLabel = "N", description = "threads; 1")
    private List<Integer> threads = List.of(1);

    @Option(
            names = "--sync",
            split = ",",
            paramLabel = "POLICY",
            description = "what a write survives: os (a killed process), always (a power cut); os")
    private List<Durability> durabilities = List.of(Durability.OS);

    @Option(names = "--rounds", paramLabel = "N", description = "how often each is measured; ${DEFAULT-VALUE}")
    private int rounds = 5;

    @Option(names = "--warmup", paramLabel = "MS", description = "milliseconds before it counts; ${DEFAULT-VALUE}")
    private long warmupMillis = 500;

    @Option(names = "--duration", paramLabel = "MS", description = "milliseconds that count; ${DEFAULT-VALUE}")
    private long measuredMillis = 600;

    @Option(names = "--home", hidden = true, required = true)
    private Path perf;

    /** Exit status: 0; 1 if an engine failed or lost something; 2 for a wrong option. */
    public static void main(String[] args) {
        run(new Bench(), args);
    }

    @Override
    protected int measure(String begun, Path stores, Path results) throws IOException, InterruptedException {
        List<Trial> trials = trials(stores);
        System.out.printf(
                Locale.ROOT,
                "%d trials, %d rounds, about %d min%n",
                trials.size(),
                rounds,
                expected(trials).plusSeconds(59).toMinutes());
        ResultCollector collector = new ResultCollector();
        Map<EngineKind, IOException> failures = run(trials, new TrialProcess(perf, stores, heap()), collector);
        ProgressLine.clear();
        report(begun, stores, results, collector);
        failures.values().forEach(failure -> System.err.println("bench: " + failure.getMessage()));
        return failures.isEmpty() ? 0 : 1;
    }

    /** Leaves out an engine that has failed, and its figures, from then on. */
    private static Map<EngineKind, IOException> run(List<Trial> trials, TrialProcess process, ResultCollector collector)
            throws InterruptedException {
        Map<EngineKind, IOException> failures = new EnumMap<>(EngineKind.class);
        for (int i = 0; i < trials.size(); i++) {
            Trial trial = trials.get(i);
            if (failures.containsKey(trial.engine())) {
                continue;
            }
            ProgressLine line = new ProgressLine(String.format(
                    Locale.ROOT,
                    "%d/%d  %s  %s, %s",
                    i + 1,
                    trials.size(),
                    trial.engine().title(),
                    trial.shape(),
                    trial.setting().conditions()));
            try {
                collector.add(trial, process.run(trial, line::show));
            } catch (IOException e) {
                failures.put(trial.engine(), e);
                collector.remove(trial.engine());
            }
        }
        return failures;
    }

    @Override
    protected void requireSensible() {
        if (seedShapes) {
            shapes = List.of(
                    new Shape(1_000, 8, 16),
                    new Shape(10_000, 8, 16),
                    new Shape(100_000, 8, 16),
                    new Shape(10_000, 32, 128),
                    new Shape(50_000, 32, 128),
                    new Shape(1_000, 16, 1024),
                    new Shape(10_000, 16, 1024));
        }
        requirePositive("--rounds", rounds);
        requirePositive("--duration", measuredMillis);
        requirePositive("--warmup", warmupMillis);
        threads.forEach(number -> requirePositive("--threads", number));
        for (Shape shape : shapes) {
            if (threads.stream().anyMatch(number -> number > shape.keys())) {
                throw wrong("fewer keys than threads: " + shape);
            }
        }
    }

    /** Round by round, and in a round all engines with the same data, one after the other. */
    private List<Trial> trials(Path stores) {
        List<Trial> trials = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            for (Durability durability : durabilities) {
                for (int number : threads) {
                    for (Shape shape : shapes) {
                        engines.stream()
                                .filter(engine -> engine.runsWith(durability))
                                .forEach(engine -> trials.add(trial(engine, shape, durability, number, stores)));
                    }
                }
            }
        }
        return trials;
    }

    private Trial trial(EngineKind engine, Shape shape, Durability durability, int number, Path stores) {
        return new Trial(
                engine,
                shape,
                durability,
                number,
                workloads.stream()
                        .filter(workload -> workload != Workload.PUT_ASYNC || engine.pipelines())
                        .toList(),
                stores.resolve("store").toString(),
                warmupMillis,
                measuredMillis);
    }

    private Duration expected(List<Trial> trials) {
        long millis = 0;
        for (Trial trial : trials) {
            millis += STARTUP_MILLIS
                    + trial.shape().keys() / LOADS_PER_MILLI
                    + trial.workloads().size() * (warmupMillis + measuredMillis * 4 / 3);
        }
        return Duration.ofMillis(millis);
    }

    /** The heap's size as an option, the same for all: enough for those that keep everything on the heap. */
    private String heap() {
        long largest = shapes.stream()
                .mapToLong(shape -> 2 * shape.bytes() + 300L * shape.keys())
                .max()
                .orElse(0);
        long bytes = Math.min(Math.max(MIN_HEAP, largest), Machine.memory() * 3 / 4);
        return "-Xmx" + (bytes >> 20) + "m";
    }

    private void report(String begun, Path stores, Path directory, ResultCollector collector) throws IOException {
        Results results = new Results(
                begun, command(), Machine.describe(stores), versions(collector.series()), rounds, collector.series());
        leave(
                results,
                new ResultTable(results).render(),
                directory,
                () -> new Plots(results, directory).write().size());
    }

    private Map<String, String> versions(List<Results.Series> series) throws IOException {
        Map<String, String> versions = new LinkedHashMap<>();
        Set<String> measured = Results.distinct(series, Results.Series::engine);
        for (EngineKind engine : engines) {
            if (!measured.contains(engine.title())) {
                continue; // it has nothing to say to these workloads, or has failed
            }
            if (engine.artifact().isEmpty()) {
                versions.put(engine.title(), System.getProperty("java.version"));
            } else {
                Path classPath = perf.resolve(engine.module()).resolve("target/classpath");
                Matcher jar = Pattern.compile("/" + engine.artifact() + "-([0-9][^/]*)\\.jar")
                        .matcher(Files.readString(classPath));
                versions.put(engine.title(), jar.find() ? jar.group(1) : "unknown");
            }
        }
        return versions;
    }
}
