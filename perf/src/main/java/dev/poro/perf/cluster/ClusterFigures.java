package dev.poro.perf.cluster;

import dev.poro.perf.Check;
import dev.poro.perf.Median;
import dev.poro.perf.bench.Machine;
import dev.poro.perf.bench.MeasuringTool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What three nodes cost and give, beside one: {@code perf/bin/cluster-figures}. */
@Command(
        name = "cluster-figures",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Runs one node and three on this machine: writes a second and their latency, the gap when a"
                + " leader is killed, how fast a node catches up, and how long a lost one takes to be replaced."
                + " Without options it takes eight minutes. Lists are separated by commas.")
public final class ClusterFigures extends MeasuringTool {
    private static final int NODES = 3;
    private static final int KEYS_OF_LOAD = 100_000;
    private static final int KEYS_OF_MSET = 32;
    private static final int FILLED_VALUE = 16;
    private static final int CONNECTIONS = 16;
    private static final int PIPELINE = 16;
    private static final long MILLIS = 1_000_000;

    /** At a kill: so many acknowledged writes before it, and after the gap. */
    private static final int WRITES_AROUND = 500;

    /** What is measured. */
    enum Part {
        WRITES,
        REST,
        FAILOVER,
        CATCH_UP,
        JOIN
    }

    @Option(names = "--parts", split = ",", paramLabel = "PART", description = "${COMPLETION-CANDIDATES}; all")
    private List<Part> parts = List.of(Part.values());

    @Option(names = "--sync", paramLabel = "POLICY", description = "of all nodes; ${DEFAULT-VALUE}")
    private String sync = "everysec";

    @Option(names = "--rounds", paramLabel = "N", description = "of writes; ${DEFAULT-VALUE}")
    private int rounds = 3;

    @Option(names = "--duration", paramLabel = "MS", description = "of each load in a round; ${DEFAULT-VALUE}")
    private long duration = 4_000;

    @Option(names = "--warmup", paramLabel = "MS", description = "before, on each server; ${DEFAULT-VALUE}")
    private long warmup = 5_000;

    @Option(names = "--value-length", paramLabel = "BYTES", description = "of what is written; ${DEFAULT-VALUE}")
    private int valueLength = 128;

    @Option(names = "--kills", paramLabel = "N", description = "of leaders; ${DEFAULT-VALUE}")
    private int kills = 20;

    @Option(names = "--changes", paramLabel = "N", description = "to catch up with; ${DEFAULT-VALUE}")
    private int changes = 1_000_000;

    @Option(names = "--keys", paramLabel = "N", description = "that a replaced node has; ${DEFAULT-VALUE}")
    private int keys = 5_000_000;

    @Option(names = "--home", hidden = true, paramLabel = "DIR", description = "the directory perf of the sources")
    private Path home = Path.of("perf");

    private final StringBuilder text = new StringBuilder();
    private final StringBuilder csv = new StringBuilder("what,value,unit\n");
    private Path project;

    /** Runs the command. */
    public static void main(String[] args) {
        run(new ClusterFigures(), args);
    }

    @Override
    protected void requireSensible() {
        requirePositive("--rounds", rounds);
        requirePositive("--duration", duration);
        requirePositive("--kills", kills);
        requirePositive("--changes", changes);
        requirePositive("--keys", keys);
    }

    @Override
    protected int measure(String begun, Path stores, Path results) throws IOException, InterruptedException {
        project = home.toAbsolutePath().getParent();
        say("%s, %s", command(), begun);
        Machine.describe(stores).forEach((name, value) -> say("%s: %s", name, value));
        say("nodes on loopback, each in a process of its own, --sync %s", sync);
        for (Part part : parts) {
            measure(part, stores.resolve(part.name().toLowerCase(Locale.ROOT)));
        }
        Files.createDirectories(results);
        Files.writeString(results.resolve("results.txt"), text);
        Files.writeString(results.resolve("results.csv"), csv);
        return 0;
    }

    private void measure(Part part, Path directory) throws IOException, InterruptedException {
        switch (part) {
            case WRITES:
                writes(directory);
                break;
            case REST:
                rest(directory);
                break;
            case FAILOVER:
                failover(directory);
                break;
            case CATCH_UP:
                catchUp(directory);
                break;
            case JOIN:
                join(directory);
                break;
        }
    }

    private void say(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values);
        System.out.println(line);
        text.append(line).append('\n');
    }

    private void keep(String what, double value, String unit) {
        csv.append(String.format(Locale.ROOT, "\"%s\",%.3f,%s%n", what, value, unit));
    }

    private Nodes start(Path directory, int count, String... more) throws IOException {
        List<String> options = new ArrayList<>(List.of("--sync", sync));
        options.addAll(List.of(more));
        return Nodes.start(project, directory, count, options.toArray(String[]::new));
    }

    /** Writes that are on their way at the same time: on so many connections, and so many of each. */
    private record Outstanding(int connections, int pipeline) {
        @Override
        public String toString() {
            return pipeline == 1
                    ? connections + (connections == 1 ? " connection" : " connections")
                    : connections + " connections with " + pipeline + " writes each";
        }
    }

    /** Where writes go. */
    private enum Where {
        ONE_NODE("one node"),
        LEADER("three nodes, at the leader"),
        ALL("three nodes, at all of them");

        private final String title;

        Where(String title) {
            this.title = title;
        }
    }

    /** @param processorMicros processor time of all nodes for a write */
    private record Measured(WriteLoad.Written written, double processorMicros) {}

    /** What was measured of one load at one place, in turns with all others, so that all have the same machine. */
    private static final class Series {
        private final Where where;
        private final Outstanding load;
        private final List<Measured> rounds = new ArrayList<>();

        Series(Where where, Outstanding load) {
            this.where = where;
            this.load = load;
        }

        private double median(ToDoubleFunction<Measured> figure) {
            return Median.of(rounds.stream().map(figure::applyAsDouble).toList());
        }
    }

    private void writes(Path directory) throws IOException, InterruptedException {
        List<Outstanding> loads =
                List.of(new Outstanding(1, 1), new Outstanding(64, 1), new Outstanding(CONNECTIONS, PIPELINE));
        List<Series> all = new ArrayList<>();
        for (Outstanding load : loads) {
            for (Where where : Where.values()) {
                all.add(new Series(where, load));
            }
        }
        for (int round = 0; round < rounds; round++) {
            for (boolean isCluster : new boolean[] {false, true}) {
                Path files = directory.resolve(round + (isCluster ? "three" : "one"));
                try (Nodes nodes = start(files, isCluster ? NODES : 1)) {
                    InetSocketAddress leader = nodes.address(nodes.awaitLeader());
                    write(List.of(leader), new Outstanding(CONNECTIONS, PIPELINE), warmup);
                    for (Series one : all) {
                        if (isCluster == (one.where != Where.ONE_NODE)) {
                            measure(one, nodes, leader);
                        }
                    }
                    Check.atLeast("keys", 1, nodes.requireEqual());
                }
            }
        }
        say("writes of %d bytes, %,d keys, medians of %d rounds:", valueLength, KEYS_OF_LOAD, rounds);
        all.forEach(this::say);
    }

    private void measure(Series one, Nodes nodes, InetSocketAddress leader) throws IOException {
        List<InetSocketAddress> to = one.where == Where.ALL ? nodes.addresses() : List.of(leader);
        double before = nodes.processorSeconds();
        WriteLoad.Written written = write(to, one.load, duration);
        double seconds = nodes.processorSeconds() - before;
        one.rounds.add(new Measured(written, seconds * 1e6 / written.requests()));
    }

    private WriteLoad.Written write(List<InetSocketAddress> to, Outstanding load, long millis) throws IOException {
        try (WriteLoad writes =
                new WriteLoad(to, load.connections(), load.pipeline(), WriteLoad.sets(KEYS_OF_LOAD, valueLength))) {
            return writes.run(millis * MILLIS);
        }
    }

    private void say(Series one) {
        double rate = one.median(each -> each.written().perSecond());
        double half = one.median(each -> each.written().millis(50));
        double most = one.median(each -> each.written().millis(99));
        double micros = one.median(Measured::processorMicros);
        say(
                "  %s, %s: %,.0f a second, p50 %.2f ms, p99 %.2f ms; processor time of all nodes %.1f us a write",
                one.load, one.where.title, rate, half, most, micros);
        String name = one.load + "; " + one.where.title;
        keep(name, rate, "writes/s");
        keep(name + "; p50", half, "ms");
        keep(name + "; p99", most, "ms");
        keep(name + "; processor time of all nodes", micros, "us/write");
    }

    /** Three nodes that have nothing to do. */
    private void rest(Path directory) throws IOException, InterruptedException {
        try (Nodes nodes = start(directory, NODES)) {
            write(nodes.addresses(), new Outstanding(CONNECTIONS, PIPELINE), warmup);
            TimeUnit.MILLISECONDS.sleep(duration / 2);
            double before = nodes.processorSeconds();
            long begin = System.nanoTime();
            TimeUnit.MILLISECONDS.sleep(2 * duration);
            double share = (nodes.processorSeconds() - before) * 1e9 / (System.nanoTime() - begin);
            say("three nodes at rest: %.2f seconds of processor time a second", share);
            keep("three nodes at rest", share, "processors");
        }
    }

    private void failover(Path directory) throws IOException, InterruptedException {
        List<Double> gaps = new ArrayList<>();
        try (Nodes nodes = start(directory, NODES)) {
            try (LastingWriters writers = new LastingWriters(nodes.addresses(), 2, valueLength)) {
                for (int i = 0; i < kills; i++) {
                    int leader = nodes.awaitLeader();
                    writers.await(WRITES_AROUND);
                    writers.takeLongestGap();
                    nodes.kill(leader);
                    writers.await(WRITES_AROUND);
                    gaps.add(writers.takeLongestGap() / 1e9);
                    nodes.begin(leader);
                    nodes.awaitServing(leader);
                }
            }
            Check.atLeast("keys", 1, nodes.requireEqual());
        }
        double worst = gaps.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        say(
                "%d leaders killed under load: no write was acknowledged for %.2f s (median), %.2f s (longest)",
                kills, Median.of(gaps), worst);
        keep("gap after a kill of the leader; median", Median.of(gaps), "s");
        keep("gap after a kill of the leader; longest", worst, "s");
    }

    /** A node that was away, beside one that has missed nothing. */
    private void catchUp(Path directory) throws IOException, InterruptedException {
        try (Nodes nodes = start(directory, NODES)) {
            int follower = nodes.awaitFollower();
            write(nodes.addresses(), new Outstanding(CONNECTIONS, PIPELINE), warmup);
            nodes.kill(follower);
            double alone = secondsToServe(nodes, follower);
            nodes.kill(follower);
            try (WriteLoad writes = new WriteLoad(
                    List.of(nodes.address(nodes.awaitLeader())),
                    CONNECTIONS,
                    PIPELINE,
                    WriteLoad.sets(KEYS_OF_LOAD, valueLength))) {
                Check.equal("writes", changes, writes.runAll(changes).requests());
            }
            double seconds = secondsToServe(nodes, follower);
            nodes.requireEqual();
            double rate = changes / Math.max(1e-3, seconds - alone);
            say(
                    "a node that has missed %,d changes of %d bytes serves after %.1f s, one that has missed none after"
                            + " %.1f s: %,.0f changes a second",
                    changes, valueLength, seconds, alone, rate);
            keep("a node that has missed " + changes + " changes serves after", seconds, "s");
            keep("a node that has missed none serves after", alone, "s");
            keep("catching up", rate, "changes/s");
        }
    }

    private static double secondsToServe(Nodes nodes, int number) throws IOException {
        long begin = System.nanoTime();
        nodes.begin(number);
        nodes.awaitServing(number);
        return secondsSince(begin);
    }

    /** A node that has lost its files gets those of another one: copied while that is stopped, or over the network. */
    private void join(Path directory) throws IOException, InterruptedException {
        try (Nodes nodes = start(directory, NODES, "--memory", "2g")) {
            int leader = nodes.awaitLeader();
            long requests = (keys + KEYS_OF_MSET - 1L) / KEYS_OF_MSET;
            long begun = System.nanoTime();
            try (WriteLoad writes =
                    new WriteLoad(List.of(nodes.address(leader)), 4, 4, WriteLoad.fill(KEYS_OF_MSET, FILLED_VALUE))) {
                Check.equal("requests", requests, writes.runAll(requests).requests());
            }
            long written = requests * KEYS_OF_MSET;
            say(
                    "%,d keys of 16/%d bytes are written in %.1f s, %d at once",
                    written, FILLED_VALUE, secondsSince(begun), KEYS_OF_MSET);
            int lost = (leader + 1) % NODES;
            int healthy = (leader + 2) % NODES;
            nodes.kill(lost);
            nodes.stop(healthy);
            long begin = System.nanoTime();
            nodes.copy(healthy, lost);
            double copying = secondsSince(begin);
            nodes.begin(healthy);
            nodes.begin(lost);
            nodes.awaitServing(healthy);
            nodes.awaitServing(lost);
            sayReplaced(nodes, written, "from the files of a node that is stopped", secondsSince(begin), copying);

            nodes.kill(lost);
            begin = System.nanoTime();
            nodes.join(healthy, lost);
            copying = secondsSince(begin);
            nodes.begin(lost);
            nodes.awaitServing(lost);
            sayReplaced(nodes, written, "by a join over the network", secondsSince(begin), copying);
        }
    }

    private static double secondsSince(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private void sayReplaced(Nodes nodes, long keysWritten, String how, double all, double copying)
            throws IOException, InterruptedException {
        Check.equal("keys", keysWritten, nodes.requireEqual());
        say("a node that has lost them is replaced %s in %.1f s, of which %.1f s for its files", how, all, copying);
        keep("a lost node of " + keysWritten + " keys, replaced " + how, all, "s");
        keep("of which for its files", copying, "s");
    }
}
