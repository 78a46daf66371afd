package dev.poro.perf.server;

import dev.poro.perf.Directories;
import dev.poro.perf.bench.Machine;
import dev.poro.perf.bench.MeasuringTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs Poro and Redis as servers in turns and compares them: {@code perf/bin/server-bench}. */
@Command(
        name = "server-bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Runs Redis and Poro as servers in turns on this machine, and compares requests a second,"
                + " latency, and the processor time of the server. Needs redis-server and redis-benchmark. Without"
                + " options it takes about five minutes. Lists are separated by commas.")
public final class ServerBench extends MeasuringTool {
    static final String EVERYSEC = "everysec";
    private static final String ALWAYS = "always";
    private static final int QUICK_ROUNDS = 2;
    private static final long QUICK_MILLIS = 600;
    private static final double MICROS = 1e3;

    /** All requests of a pipeline are sent before any reply is read: both must fit into the buffers of the sockets. */
    private static final int MAX_PIPELINE = 1_000;

    @Option(names = "--servers", split = ",", paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}; both")
    private List<ServerKind> servers = List.of(ServerKind.values());

    @Option(
            names = "--tools",
            split = ",",
            paramLabel = "NAME",
            description = "${COMPLETION-CANDIDATES}: the client that comes with Redis, and one of Poro's own; both")
    private List<Tool> tools = List.of(Tool.values());

    @Option(names = "--pipelines", split = ",", paramLabel = "N", description = "requests sent at once; 1,16,100")
    private List<Integer> pipelines = List.of(1, 16, 100);

    @Option(names = "--connections", paramLabel = "N", description = "connections; ${DEFAULT-VALUE}")
    private int connections = 50;

    @Option(names = "--keys", paramLabel = "N", description = "keys; ${DEFAULT-VALUE}")
    private int keys = 100_000;

    @Option(names = "--rounds", paramLabel = "N", description = "how often each is measured; ${DEFAULT-VALUE}")
    private int rounds = 5;

    @Option(names = "--duration", paramLabel = "MS", description = "milliseconds of each load; ${DEFAULT-VALUE}")
    private long millis = 1_000;

    @Option(names = "--warmup", paramLabel = "MS", description = "milliseconds of each load before; ${DEFAULT-VALUE}")
    private long warmupMillis = 1_000;

    @Option(names = "--quick", description = "a first impression: two rounds, half as long each")
    private boolean quick;

    @Option(names = "--home", hidden = true, required = true)
    private Path perf;

    /** Exit status: 0; 1 if a server or a client failed; 2 for a wrong option. */
    public static void main(String[] args) {
        run(new ServerBench(), args);
    }

    @Override
    protected void requireSensible() {
        if (quick) {
            rounds = QUICK_ROUNDS;
            millis = QUICK_MILLIS;
            warmupMillis = QUICK_MILLIS;
        }
        requirePositive("--rounds", rounds);
        requirePositive("--duration", millis);
        requirePositive("--warmup", warmupMillis);
        requirePositive("--connections", connections);
        requirePositive("--keys", keys);
        for (int number : pipelines) {
            requirePositive("--pipelines", number);
            if (number > MAX_PIPELINE) {
                throw wrong("--pipelines must be at most " + MAX_PIPELINE + ": " + number);
            }
        }
    }

    @Override
    protected int measure(String begun, Path stores, Path directory) throws IOException, InterruptedException {
        ServerResults results = new ServerResults(
                begun, command(), Machine.describe(stores), versions(), connections, keys, new ArrayList<>());
        for (int round = 1; round <= rounds; round++) {
            for (ServerKind kind : servers) {
                System.out.printf(Locale.ROOT, "round %d of %d: %s%n", round, rounds, kind.title());
                measure(kind, EVERYSEC, loads(), stores, results);
                measure(kind, ALWAYS, List.of(new Load(Load.SET, 1)), stores, results);
            }
        }
        leave(results, results.render(), directory, () -> new ServerPlots(results, directory).write());
        return 0;
    }

    private List<Load> loads() {
        List<Load> loads = new ArrayList<>();
        for (int pipeline : pipelines) {
            loads.add(new Load(Load.SET, pipeline));
            loads.add(new Load(Load.GET, pipeline));
        }
        return loads;
    }

    /** Also builds the program, if need be. */
    private Map<String, String> versions() throws IOException, InterruptedException {
        Map<String, String> versions = new LinkedHashMap<>();
        for (ServerKind kind : servers) {
            Process process;
            try {
                process = new ProcessBuilder(kind.versionCommand(project()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
            } catch (IOException e) {
                throw new IOException("there is no " + kind.title() + " (" + e.getMessage() + ")", e);
            }
            String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(kind.title() + " does not start");
            }
            versions.put(kind.title(), version.strip().lines().findFirst().orElse("unknown"));
        }
        return versions;
    }

    private Path project() {
        return perf.toAbsolutePath().normalize().getParent();
    }

    private void measure(ServerKind kind, String policy, List<Load> loads, Path stores, ServerResults results)
            throws IOException, InterruptedException {
        Path files = Files.createDirectory(stores.resolve("server"));
        try (ServerProcess server = ServerProcess.start(kind, project(), files, policy);
                SocketClient client = new SocketClient(server.address(), connections, keys)) {
            client.fill();
            Map<Load, Double> rates = new LinkedHashMap<>();
            for (Load load : loads) {
                rates.put(load, client.run(load, warmupMillis * 1_000_000).perSecond());
            }
            for (Tool tool : tools) {
                for (Load load : loads) {
                    Measured measured = tool == Tool.SOCKETS
                            ? bySockets(server, client, load)
                            : byRedisBenchmark(server, load, rates.get(load));
                    results.add(kind, new ServerResults.Row(tool.title(), policy, load), measured);
                }
            }
        }
        Directories.delete(files);
    }

    private Measured bySockets(ServerProcess server, SocketClient client, Load load) throws IOException {
        double before = server.processorMicros();
        SocketClient.Answered answered = client.run(load, millis * 1_000_000);
        double used = server.processorMicros() - before;
        Histogram latencies = answered.latencies();
        return new Measured(
                answered.perSecond(),
                used / answered.requests(),
                latencies.getValueAtPercentile(50) / MICROS,
                latencies.getValueAtPercentile(99) / MICROS,
                latencies.getValueAtPercentile(99.9) / MICROS);
    }

    /** @param rate about as many requests a second as the server answers: the tool wants to know how many to send */
    private Measured byRedisBenchmark(ServerProcess server, Load load, double rate)
            throws IOException, InterruptedException {
        long requests = Math.max(1, (long) (rate * millis / 1_000 / load.pipeline())) * load.pipeline();
        double before = server.processorMicros();
        Measured told = RedisBenchmark.run(server, load, requests, connections, keys);
        double used = server.processorMicros() - before;
        return new Measured(told.requestsPerSecond(), used / requests, told.p50(), told.p99(), told.p999());
    }
}
