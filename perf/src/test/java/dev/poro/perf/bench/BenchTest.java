package dev.poro.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class BenchTest {
    private static final Shape SHAPE = new Shape(1_000, 16, 16);

    private final ResultCollector collector = new ResultCollector();
    private final Map<EngineKind, IOException> failures = new EnumMap<>(EngineKind.class);

    @Test
    void endsAtCtrlCAndKeepsWhatWasMeasured() {
        List<Trial> trials = List.of(trial(EngineKind.PORO), trial(EngineKind.LMDB), trial(EngineKind.PORO));
        List<Trial> begun = new ArrayList<>();

        int measured = new Bench()
                .run(
                        trials,
                        (trial, progress) -> {
                            begun.add(trial);
                            if (begun.size() == 3) {
                                throw new InterruptedException();
                            }
                            return result();
                        },
                        collector,
                        failures);

        assertThat(measured).isEqualTo(2);
        assertThat(failures).isEmpty();
        assertThat(collector.series()).extracting(Results.Series::engine).contains("Poro", "LMDB");
        assertThat(collector.series())
                .allMatch(series -> series.operationsPerSecond().size() == 1);
    }

    @Test
    void leavesOutAnEngineThatHasFailed() {
        List<Trial> trials =
                List.of(trial(EngineKind.PORO), trial(EngineKind.LMDB), trial(EngineKind.LMDB), trial(EngineKind.PORO));
        List<Trial> begun = new ArrayList<>();

        int measured = new Bench()
                .run(
                        trials,
                        (trial, progress) -> {
                            begun.add(trial);
                            if (trial.engine() == EngineKind.LMDB) {
                                throw new IOException("lost a key");
                            }
                            return result();
                        },
                        collector,
                        failures);

        assertThat(measured).isEqualTo(4);
        assertThat(begun).hasSize(3);
        assertThat(failures).containsOnlyKeys(EngineKind.LMDB);
        assertThat(collector.series()).extracting(Results.Series::engine).containsOnly("Poro");
    }

    private static Trial trial(EngineKind engine) {
        return new Trial(engine, SHAPE, Durability.OS, 1, List.of(Workload.GET), "nowhere", 1, 1);
    }

    private static TrialResult result() {
        Histogram latencies = new Histogram(3);
        latencies.recordValue(100);
        ByteBuffer bytes = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(bytes);
        byte[] encoded = new byte[length];
        bytes.flip().get(encoded);
        return new TrialResult(
                1,
                List.of(new TrialResult.Figures(
                        Workload.GET, 1, true, Base64.getEncoder().encodeToString(encoded))));
    }
}
