package dev.poro.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plants one bug at a time and runs the layers of tests: each bug must be noticed by one of them. To look at some only:
 * {@code mvn verify -Pexhaustive -Dtest=none -Dit.test=PlantedBugsIT -Dporo.planted=batch-not-forced,torn-read}.
 */
class PlantedBugsIT {
    /** For more than each bug's first notice: which other layers notice it. */
    private static final Duration BUDGET = Duration.ofMinutes(8);

    private static final Duration BASELINE_LIMIT = Duration.ofMinutes(20);
    private static final int LANES = 2;

    private static final List<TestLayer> MOST_KILLS_A_SECOND_FIRST = List.of(
            TestLayer.SIMULATION,
            TestLayer.UNIT,
            TestLayer.DAMAGE,
            TestLayer.CRASH,
            TestLayer.PROCESS,
            TestLayer.CONCURRENCY);

    private final List<PlantedBug> bugs = chosen();
    private final KillTable table = new KillTable(bugs);
    private final Map<TestLayer, Duration> times = new EnumMap<>(TestLayer.class);
    private final Path program = Path.of(System.getProperty("poro.jar", ""));

    @TempDir
    Path directory;

    @Test
    void everyOneIsNoticed() throws Exception {
        assumeTrue(TestScale.ENABLED, "bugs are planted only with -Pexhaustive");
        ExecutorService lanes = Executors.newFixedThreadPool(LANES);
        try {
            passWithoutABug(lanes);
            runAll(
                    lanes,
                    bugs.stream().<Callable<Void>>map(bug -> () -> kill(bug)).toList());
            runAll(lanes, remaining(TestScale.deadlineAfter(BUDGET)));
        } finally {
            lanes.shutdownNow();
        }
        report();
        assertThat(table.survivors()).as("bugs that no layer noticed").isEmpty();
    }

    /** Otherwise a failure would say nothing. */
    private void passWithoutABug(ExecutorService lanes) throws Exception {
        List<Callable<Void>> runs = new ArrayList<>();
        for (TestLayer layer : TestLayer.values()) {
            runs.add(() -> {
                LayerRun run =
                        new LayerRun(Files.createDirectories(directory.resolve("none")), program, BASELINE_LIMIT);
                LayerRun.Result result = run.run(layer, "", null);
                assertThat(result.killer())
                        .as("%s without any bug; %s", layer.title(), result.endOfOutput())
                        .isNull();
                synchronized (times) {
                    times.put(layer, result.time());
                }
                return null;
            });
        }
        runAll(lanes, runs);
    }

    /** Runs one layer after the other until the bug is noticed. */
    private Void kill(PlantedBug bug) throws Exception {
        for (TestLayer layer : MOST_KILLS_A_SECOND_FIRST) {
            if (!table.isKilled(bug) && layer.runs(bug.packageName())) {
                run(bug, layer);
            }
        }
        return null;
    }

    /** What was not necessary so far, as long as there is time: which other layers notice the bug. */
    private List<Callable<Void>> remaining(long deadline) {
        List<Callable<Void>> runs = new ArrayList<>();
        for (TestLayer layer : MOST_KILLS_A_SECOND_FIRST) {
            for (PlantedBug bug : bugs) {
                runs.add(() -> {
                    if (table.isNotRun(bug, layer) && System.nanoTime() < deadline) {
                        run(bug, layer);
                    }
                    return null;
                });
            }
        }
        return runs;
    }

    private void run(PlantedBug bug, TestLayer layer) throws Exception {
        Path own = Files.createDirectories(directory.resolve(bug.id()));
        Path classes = PlantedClasses.compile(List.of(bug), own.resolve("classes"));
        Path planted =
                layer.startsProgram() ? PlantedClasses.repack(program, classes, own.resolve("poro.jar")) : program;
        Duration limit = times.get(layer).multipliedBy(2).plusSeconds(30);
        LayerRun.Result result = new LayerRun(own, planted, limit).run(layer, bug.packageName(), classes);
        table.put(bug, layer, result);
        System.out.printf(
                "%s, %s: %s after %.1f s%n",
                bug.id(),
                layer.title(),
                result.killer() == null ? "not noticed" : result.killer(),
                result.time().toMillis() / 1000.0);
        Files.deleteIfExists(own.resolve("poro.jar"));
    }

    private static void runAll(ExecutorService lanes, List<Callable<Void>> runs) throws Exception {
        for (Future<Void> run : lanes.invokeAll(runs)) {
            run.get();
        }
    }

    private void report() throws Exception {
        String layers = Arrays.stream(TestLayer.values())
                .map(layer -> layer.title() + " " + table.killed(layer) + " of " + table.run(layer))
                .collect(Collectors.joining(", "));
        TestScale.report(
                "planted-bugs",
                "%d of %d bugs noticed (%s)",
                bugs.size() - table.survivors().size(),
                bugs.size(),
                layers);
        String reports = System.getProperty("poro.test.reports");
        if (reports != null) {
            Files.writeString(Path.of(reports, "planted-bugs.md"), table.toMarkdown());
        }
    }

    private static List<PlantedBug> chosen() {
        List<String> ids = Arrays.asList(System.getProperty("poro.planted", "").split(","));
        return PlantedBug.all().stream()
                .filter(bug -> ids.equals(List.of("")) || ids.contains(bug.id()))
                .toList();
    }
}
