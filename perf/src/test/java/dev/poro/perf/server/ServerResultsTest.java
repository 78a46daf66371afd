package dev.poro.perf.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerResultsTest {
    private final ServerResults results = new ServerResults(
            "now",
            "perf/bin/server-bench",
            Map.of("processor", "2 x"),
            Map.of("Redis", "7"),
            50,
            1_000,
            new ArrayList<>());

    private void add(ServerKind kind, String policy, double... rates) {
        for (double rate : rates) {
            results.add(
                    kind,
                    new ServerResults.Row("own client", policy, new Load(Load.SET, 16)),
                    new Measured(rate, 1e6 / rate, 100, 200, 0));
        }
    }

    @Test
    void showsMediansAndHowManyTimesThoseOfRedis() {
        add(ServerKind.REDIS, "everysec", 400_000, 500_000, 100_000);
        add(ServerKind.PORO, "everysec", 900_000, 600_000, 200_000);
        add(ServerKind.PORO, "always", 10_000);

        assertThat(results.render()
                        .lines()
                        .map(line -> line.replaceAll(" +", " ").strip()))
                .contains(
                        "50 connections, 1,000 keys of 16 bytes, values of 16; medians of 3 rounds",
                        "SET -P 16 Redis 400,000 2.50 100 200",
                        "SET -P 16 Poro 600,000 1.50 1.67 0.67 100 200",
                        "SET -P 16, always Poro 10,000 100.00 100 200");
    }
}
