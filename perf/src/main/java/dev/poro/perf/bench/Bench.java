package dev.poro.perf.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs Poro and its peers in turns and compares them: {@code perf/bin/bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Runs Poro and its peers in turns, each in a JVM of its own, and compares them. Without options:"
                + " the standard comparison, about twelve minutes. Lists are separated by commas. Ctrl-C ends it, shows"
                + " what was measured so far, and writes nothing.",
        footer = {
            "%nExamples:",
            "  a shape of your own:",
            "    perf/bin/bench --shapes 1m:24/300 --threads 4 --sync always --workloads put,get",
            "  this build against another one, as a ratio:",
            "    perf/bin/bench --against ../other/poro-app/target/poro.jar --shapes 100k:16/16 --workloads put,get"
        })
public final class Bench extends MeasuringTool {
    private static final int STARTUP_MILLIS = 2_000;
    private static final int USUAL_WARMUP_MILLIS = 700;
    private static final long LOADS_PER_MILLI = 500;
    private static final long MIN_HEAP = 1L << 30;

    @Option(names = "--engines", split = ",", paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}; all")
    private List<EngineKind> engines;

    @Option(
            names = "--against",
            paramLabel = "JAR",
            description =
                    "compare with the Poro in this jar, the program's or the benchmarks' of another commit, instead"
                            + " of with peers")
    private Path against;

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

    @Option(
            names = "--warmup",
            paramLabel = "MS",
            description = "milliseconds, at most, until the rate is steady and counts; ${DEFAULT-VALUE}")
    private long warmupMillis = 2_500;

    @Option(names = "--duration", paramLabel = "MS", description = "milliseconds that count; ${DEFAULT-VALUE}")
    private long measuredMillis = 400;

    @Option(names = "--home", hidden = true, required = true)
    private Path perf;

    /** Exit status: 0; 1 if an engine failed or lost something; 2 for a wrong option. */
    public static void main(String[] args) {
        run(new Bench(), args);
    }

    @Override
    protected int measure(String begun, Path stores, Path results) throws IOException {
        List<Trial> trials = trials(stores);
        Map<String, String> machine = Machine.describe(stores);
        System.out.println(String.join("; ", machine.values()));
        System.out.printf(
                Locale.ROOT,
                "%d trials, %d rounds, about %d min%n",
                trials.size(),
                rounds,
                expected(trials).plusSeconds(59).toMinutes());
        ResultCollector collector = new ResultCollector();
        TrialProcess process = new TrialProcess(perf, stores, against, heap());
        Map<EngineKind, IOException> failures = new EnumMap<>(EngineKind.class);
        int measured = run(trials, process, collector, failures);
        ProgressLine.clear();
        Results found =
                new Results(begun, command(), machine, versions(collector.series()), rounds, collector.series());
        if (measured < trials.size()) {
            System.out.print(new ResultTable(found).render());
            System.out.printf(
                    Locale.ROOT,
                    "partial: broken off after %d of %d trials; nothing written%n",
                    measured,
                    trials.size());
            return 1;
        }
        leave(
                found,
                new ResultTable(found).render(),
                results,
                () -> new Plots(found, results).write().size());
        failures.values().forEach(failure -> System.err.println("bench: " + failure.getMessage()));
        return failures.isEmpty() ? 0 : 1;
    }

    /**
     * Leaves out an engine that has failed, and its figures, from then on.
     *
     * @return how many trials are over; fewer than all if Ctrl-C was pressed
     */
    int run(List<Trial> trials, TrialRunner process, ResultCollector collector, Map<EngineKind, IOException> failures) {
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
            } catch (InterruptedException ctrlC) {
                return i;
            } catch (IOException e) {
                if (isBrokenOff()) {
                    return i;
                }
                failures.put(trial.engine(), e);
                collector.remove(trial.engine());
            }
            if (isBrokenOff()) {
                return i + 1;
            }
        }
        return trials.size();
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
        chooseEngines();
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

    private void chooseEngines() {
        if (against != null && !Files.isRegularFile(against)) {
            throw wrong("--against is no file: " + against);
        }
        if (engines == null) {
            engines = against != null
                    ? List.of(EngineKind.PORO, EngineKind.OTHER_PORO)
                    : Arrays.stream(EngineKind.values())
                            .filter(engine -> engine != EngineKind.OTHER_PORO)
                            .toList();
        }
        if (engines.contains(EngineKind.OTHER_PORO) != (against != null)) {
            throw wrong(EngineKind.OTHER_PORO + " among --engines needs --against, and the other way round");
        }
    }

    /** Round by round, and in a round all engines with the same data, every other time in the reverse order. */
    private List<Trial> trials(Path stores) {
        List<Trial> trials = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            List<EngineKind> order = new ArrayList<>(engines);
            if (round % 2 == 1) {
                Collections.reverse(order);
            }
            for (Durability durability : durabilities) {
                for (int number : threads) {
                    for (Shape shape : shapes) {
                        order.stream()
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
                        .filter(workload -> !workload.needsPipelines() || engine.pipelines())
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
                    + trial.workloads().size() * (Math.min(warmupMillis, USUAL_WARMUP_MILLIS) + measuredMillis * 4 / 3);
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

    private Map<String, String> versions(List<Results.Series> series) throws IOException {
        Map<String, String> versions = new LinkedHashMap<>();
        Set<String> measured = Results.distinct(series, Results.Series::engine);
        for (EngineKind engine : engines) {
            if (!measured.contains(engine.title())) {
                continue; // it has nothing to say to these workloads, or has failed
            }
            if (engine == EngineKind.OTHER_PORO) {
                CRC32 crc = new CRC32();
                crc.update(Files.readAllBytes(against));
                versions.put(engine.title(), against.getFileName() + ", CRC-32 " + Long.toHexString(crc.getValue()));
            } else if (engine.artifact().isEmpty()) {
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
