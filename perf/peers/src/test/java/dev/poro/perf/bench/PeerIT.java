package dev.poro.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each peer's module runs this: the peer does every workload and keeps every key. */
class PeerIT {
    private static final Path MODULE = Path.of("").toAbsolutePath();

    private static final boolean EXHAUSTIVE = Boolean.getBoolean("poro.test.exhaustive");

    /** Without a warm-up each workload is some hundred steps; with it, ten times that. */
    private static final int WARMUP_MILLIS = EXHAUSTIVE ? 2 : 0;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Durability.class)
    void keepsEveryKeyUnderEveryWorkload(Durability durability) throws IOException, InterruptedException {
        EngineKind engine = Arrays.stream(EngineKind.values())
                .filter(kind -> kind.module().equals("peers/" + MODULE.getFileName()))
                .findFirst()
                .orElseThrow();
        if (!engine.runsWith(durability)) {
            return;
        }
        // A peer does these one write after the other, and a bench leaves them out.
        List<Workload> workloads = Arrays.stream(Workload.values())
                .filter(workload -> EXHAUSTIVE || engine.pipelines() || !workload.needsPipelines())
                .toList();
        Trial trial = new Trial(
                engine,
                new Shape(durability == Durability.ALWAYS && !EXHAUSTIVE ? 50 : 200, 16, 100),
                durability,
                2,
                workloads,
                directory.resolve("store").toString(),
                WARMUP_MILLIS,
                4);

        TrialProcess process = new TrialProcess(MODULE.resolve("../.."), directory, null, "-Xmx256m");
        TrialResult result = process.run(trial, doing -> {});

        assertThat(result.figures()).extracting(TrialResult.Figures::workload).containsExactlyElementsOf(workloads);
        assertThat(result.figures()).allMatch(figures -> figures.operationsPerSecond() > 0);
    }
}
