package dev.poro.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.perf.Median;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    @Test
    void theMedianIsTheMiddle() {
        assertThat(Median.of(List.of(3.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Median.of(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(2.5);
    }

    @Test
    void theTableComparesPoroWithEachPeer() {
        String table = new ResultTable(results()).render();

        assertThat(table)
                .contains("100k keys of 16/16 bytes, 1 thread, os")
                .containsPattern("Poro +3\\.00 M +3\\.00 M")
                .containsPattern("LMDB +1\\.50 M \\(2\\.00\\) +~1\\.50 M \\(2\\.00\\)")
                .contains("0.40u/90u/1.2m");
    }

    @Test
    void theTableSaysWhatItWasMeasuredOnAndWhatWasNotSteady() {
        String table = new ResultTable(results()).render();

        assertThat(table).startsWith("2 x a processor; a JVM\n\n").contains("~ the warm-up reached its bound");
        assertThat(table.substring(table.indexOf("1m keys"))).doesNotContain("~");
    }

    @Test
    void theTableComparesWithThePlainWayRoundByRound() {
        Results results = new Results(
                "2026-01-01T00:00:00",
                "perf/bin/bench",
                Map.of("processor", "2 x a processor"),
                Map.of(),
                3,
                List.of(series("Poro", "put", 0, 1e6, 2e6, 9e6), series("Poro", "put, 16 at once", 0, 2e6, 5e6, 9e6)));

        // 2, 2.5 and 1; the ratio of the medians would be 2.5.
        assertThat(new ResultTable(results).render()).containsPattern("plain put or get\nPoro +- +2\\.00 *\n");
    }

    @Test
    void drawsThroughputLatencyAndTheNumberOfKeys(@TempDir Path directory) throws IOException {
        assumeTrue(Drawing.isPossible(), "this Java cannot draw: it has no fonts, or is headless");

        List<Path> plots = new Plots(results(), directory).write();

        assertThat(plots)
                .extracting(plot -> plot.getFileName().toString())
                .contains(
                        "throughput-100k-16-16-1-os.png",
                        "throughput-1m-16-16-1-os.png",
                        "latency-put-100k-16-16-1-os.png",
                        "keys-put-16-16-bytes-1-thread-os.png");
        for (Path plot : plots) {
            assertThat(Files.size(plot)).isGreaterThan(5_000);
        }
    }

    private static Results results() {
        return new Results(
                "2026-01-01T00:00:00",
                "perf/bin/bench",
                machine(),
                Map.of(),
                1,
                List.of(
                        series("Poro", 100_000, "put", 3e6),
                        series("Poro", 100_000, "get", 3e6),
                        series("LMDB", 100_000, "put", 1.5e6),
                        series("LMDB", 100_000, "get", 1, 1.5e6),
                        series("Poro", 1_000_000, "put", 2e6),
                        series("LMDB", 1_000_000, "put", 1e6)));
    }

    private static Map<String, String> machine() {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("processor", "2 x a processor");
        machine.put("java", "a JVM");
        return machine;
    }

    private static Results.Series series(String engine, int keys, String workload, double perSecond) {
        return series(engine, keys, workload, 0, perSecond);
    }

    private static Results.Series series(String engine, String workload, int unsteady, Double... perSecond) {
        return series(engine, 100_000, workload, unsteady, perSecond);
    }

    private static Results.Series series(String engine, int keys, String workload, int unsteady, Double... perSecond) {
        return new Results.Series(
                engine,
                new Results.Setting(new Shape(keys, 16, 16), Durability.OS, 1),
                workload,
                List.of(perSecond),
                Median.of(List.of(perSecond)),
                unsteady,
                List.of(
                        new Results.Percentile(50, 400),
                        new Results.Percentile(99, 90_000),
                        new Results.Percentile(99.9, 1_200_000)));
    }
}
