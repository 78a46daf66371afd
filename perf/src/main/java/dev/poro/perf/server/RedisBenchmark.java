package dev.poro.perf.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Runs redis-benchmark, the tool that comes with Redis. */
final class RedisBenchmark {
    private static final int REQUESTS_PER_SECOND = 1;
    private static final int P50 = 4;
    private static final int P99 = 6;
    private static final int FIELDS = 8;

    private RedisBenchmark() {}

    /**
     * Sends so many requests; returns how many a second, and the latencies.
     *
     * @throws IOException with its output, if it fails
     */
    static Measured run(ServerProcess server, Load load, long requests, int connections, int keys)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        "redis-benchmark",
                        "-h",
                        server.address().getAddress().getHostAddress(),
                        "-p",
                        Integer.toString(server.address().getPort()),
                        "-t",
                        load.command().toLowerCase(Locale.ROOT),
                        "-n",
                        Long.toString(requests),
                        "-P",
                        Integer.toString(load.pipeline()),
                        "-c",
                        Integer.toString(connections),
                        "-r",
                        Integer.toString(keys),
                        "-d",
                        Integer.toString(SocketClient.VALUE_LENGTH),
                        "--csv"))
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String[] lines = output.strip().split("\n", -1);
            String[] fields = lines[lines.length - 1].replace("\"", "").split(",", -1);
            if (process.waitFor() != 0 || fields.length != FIELDS) {
                throw new IOException("redis-benchmark failed with status " + process.exitValue() + ":\n" + output);
            }
            return new Measured(
                    Double.parseDouble(fields[REQUESTS_PER_SECOND]),
                    0,
                    Double.parseDouble(fields[P50]) * 1_000,
                    Double.parseDouble(fields[P99]) * 1_000,
                    0);
        } finally {
            process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
        }
    }
}
