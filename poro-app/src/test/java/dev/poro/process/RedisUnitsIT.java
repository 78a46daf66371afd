package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.poro.events.TestScale;
import dev.poro.process.harness.PoroProcess;
import dev.poro.process.harness.RedisUnits;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis' own tests, run against {@code poro serve}. What they leave out is in {@code redis-units-left-out.txt}, with a
 * reason for each.
 */
@Timeout(600)
class RedisUnitsIT {
    /**
     * How many tests of a unit pass on Redis 7.0.15 itself, with its DEBUG command enabled: measured in the same way.
     */
    private static final Map<String, Integer> PASSED_BY_REDIS = Map.of(
            "type/string", 72,
            "type/incr", 25,
            "keyspace", 43,
            "expire", 62,
            "protocol", 25,
            "quit", 3,
            "scan", 17,
            "multi", 36,
            "pubsub", 29);

    /** Run at the same time, each on a server of its own: most of it waits for keys to expire, or for the server. */
    private static final List<List<String>> LANES = TestScale.ENABLED
            ? List.of(
                    List.of("type/string", "quit", "scan"),
                    List.of("expire", "type/incr"),
                    List.of("protocol", "keyspace", "multi", "pubsub"))
            : List.of(List.of("quit", "keyspace", "multi"), List.of("type/incr", "pubsub", "scan"));

    private static final Pattern LEFT_OUT = Pattern.compile("(\\S+): (.*) -- (.*)");

    /** The reason of a test that the unit itself leaves out, without a word, because it asks what the server is. */
    private static final String NOT_RUN = "not run";

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> asManyTestsPassAsOnRedis() throws Exception {
        RedisUnits units = RedisUnits.find();
        ExecutorService threads = Executors.newFixedThreadPool(LANES.size());
        Map<String, Future<Map<String, RedisUnits.Result>>> lanes = new LinkedHashMap<>();
        for (List<String> lane : LANES) {
            Future<Map<String, RedisUnits.Result>> results = threads.submit(() -> runAll(units, lane));
            lane.forEach(unit -> lanes.put(unit, results));
        }
        threads.shutdown();
        return lanes.keySet().stream()
                .map(unit -> dynamicTest(
                        unit, () -> check(unit, lanes.get(unit).get().get(unit))));
    }

    /** The counts above, where that version of Redis is installed. */
    @Test
    void redisPassesAsManyTestsAsTheTableSays() throws Exception {
        assumeTrue(TestScale.ENABLED, "only with -Pexhaustive");
        assumeTrue(RedisUnits.isServerInstalled(), "needs redis-server 7.0.15: apt-get install redis-server");
        RedisUnits units = RedisUnits.find();
        int port;
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = any.getLocalPort();
        }
        String[] command = {
            "redis-server", "--port", Integer.toString(port), "--save", "", "--enable-debug-command", "yes"
        };
        Process redis = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        try {
            awaitListening(port);
            Map<String, Integer> passed = new TreeMap<>();
            for (String unit : PASSED_BY_REDIS.keySet()) {
                RedisUnits.Result result = units.run(unit, port, Set.of());
                assertThat(result.failed()).as("%s", result.output()).isEmpty();
                passed.put(unit, result.passed());
            }
            assertThat(passed).containsExactlyInAnyOrderEntriesOf(PASSED_BY_REDIS);
        } finally {
            redis.destroy();
            redis.waitFor();
        }
    }

    private static void awaitListening(int port) throws Exception {
        for (int attempt = 0; ; attempt++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(socket.isConnected()).isTrue();
                return;
            } catch (IOException e) {
                if (attempt == 500) {
                    throw e;
                }
                Thread.sleep(20);
            }
        }
    }

    private Map<String, RedisUnits.Result> runAll(RedisUnits units, List<String> lane) throws Exception {
        Path own = Files.createDirectory(directory.resolve(Integer.toString(LANES.indexOf(lane))));
        Map<String, RedisUnits.Result> results = new LinkedHashMap<>();
        try (PoroProcess server = PoroProcess.start(
                own, "serve", "--port", "0", "--wal", "poro.wal", "--memory", "64m", "--debug-commands")) {
            int port = Integer.parseInt(server.reply().replaceFirst("Listening on 127\\.0\\.0\\.1:(\\d+).*", "$1"));
            for (String unit : lane) {
                results.put(unit, units.run(unit, port, leftOut(unit).keySet()));
            }
        }
        return results;
    }

    private static void check(String unit, RedisUnits.Result result) throws IOException {
        Map<String, String> leftOut = leftOut(unit);
        int expected = PASSED_BY_REDIS.get(unit) - leftOut.size();
        TestScale.report(
                "redis unit " + unit.replace("type/", ""),
                "%d tests passed, of %d that pass on Redis 7.0.15; %d left out",
                result.passed(),
                PASSED_BY_REDIS.get(unit),
                leftOut.size());
        assertThat(result.failed()).as("%s", result.output()).isEmpty();
        assertThat(result.skipped())
                .as("the tests that are named in the list, and are there")
                .containsExactlyInAnyOrderElementsOf(leftOut.entrySet().stream()
                        .filter(test -> !test.getValue().startsWith(NOT_RUN))
                        .map(Map.Entry::getKey)
                        .toList());
        assertThat(result.passed()).as("%s", result.output()).isEqualTo(expected);
    }

    /** The names of the tests of a unit that are left out, each with the reason. */
    private static Map<String, String> leftOut(String unit) throws IOException {
        Map<String, String> tests = new LinkedHashMap<>();
        try (InputStream in = RedisUnitsIT.class.getResourceAsStream("redis-units-left-out.txt")) {
            for (String text : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                Matcher line = LEFT_OUT.matcher(text);
                if (line.matches() && line.group(1).equals(unit)) {
                    assertThat(tests.put(line.group(2), line.group(3))).as(text).isNull();
                } else {
                    assertThat(text.isEmpty() || text.startsWith("#") || line.matches())
                            .as("line of the list: %s", text)
                            .isTrue();
                }
            }
        }
        return tests;
    }
}
