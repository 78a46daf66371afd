package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.events.TestScale;
import dev.poro.process.harness.LinearizabilityChecker;
import dev.poro.process.harness.LinearizabilityChecker.Kind;
import dev.poro.process.harness.LinearizabilityChecker.Operation;
import dev.poro.process.harness.PoroProcess;
import dev.poro.process.harness.TwoAtATime;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight clients use one store, which is killed under them and opened again. What they saw must be what a single copy of
 * each key would have shown them, across all lives of the store: nothing acknowledged is lost, nothing comes back,
 * nothing happens twice, and what was in flight at a kill happened once or not at all.
 */
@Tag("R16")
@Tag("R28")
class LinearizabilityIT {
    private static final Duration BUDGET = Duration.ofSeconds(60);
    /** Of threading and sync policy. */
    private static final int SETTINGS = 4;

    private static final int LIVES = 3;
    private static final int OPERATIONS = 300;
    private static final int SEGMENT_LENGTH = 16 << 10;

    @TempDir
    private Path directory;

    /** What one round covered. */
    private record Outcome(int histories, long operations, long pending) {}

    @Test
    void historiesAcrossKillsAreLinearizable() throws Exception {
        long seed = System.nanoTime();
        SplittableRandom seeds = new SplittableRandom(seed);
        List<Callable<Outcome>> settings = new ArrayList<>();
        for (Threading threading : Threading.values()) {
            for (SyncPolicy sync : List.of(SyncPolicy.ALWAYS, SyncPolicy.OS)) {
                // In every build each of both once.
                if (TestScale.ENABLED || (threading == Threading.CALLER) == (sync == SyncPolicy.ALWAYS)) {
                    SplittableRandom random = seeds.split();
                    settings.add(() -> check(sync, threading, random, "seed " + seed));
                }
            }
        }

        List<Outcome> outcomes = TwoAtATime.run(settings);

        TestScale.report(
                "linearizability",
                "%d histories of %d clients over %d lives each, %d operations, %d of them unanswered at a kill, all"
                        + " linearizable",
                outcomes.stream().mapToInt(Outcome::histories).sum(),
                Clients.COUNT,
                LIVES,
                outcomes.stream().mapToLong(Outcome::operations).sum(),
                outcomes.stream().mapToLong(Outcome::pending).sum());
    }

    private Outcome check(SyncPolicy sync, Threading threading, SplittableRandom random, String seed) throws Exception {
        long deadline = TestScale.deadlineAfter(TwoAtATime.share(BUDGET, SETTINGS));
        int histories = 0;
        long operations = 0;
        long pending = 0;
        do {
            String name = sync + "-" + threading + "-" + histories;
            Path log = directory.resolve(name);
            Map<String, List<Operation>> byKey = new HashMap<>();
            for (int life = 0; life < LIVES; life++) {
                runAndKill(log, sync, threading, random, byKey);
            }
            readAll(log, byKey);
            for (Map.Entry<String, List<Operation>> key : byKey.entrySet()) {
                assertThat(LinearizabilityChecker.isLinearizable(key.getValue()))
                        .as("%s of %s, %s: %s", key.getKey(), name, seed, key.getValue())
                        .isTrue();
                operations += key.getValue().size();
                pending += key.getValue().stream()
                        .filter(operation -> !operation.answered())
                        .count();
            }
            histories++;
        } while (TestScale.ENABLED && System.nanoTime() < deadline);
        return new Outcome(histories, operations, pending);
    }

    private static void runAndKill(
            Path log, SyncPolicy sync, Threading threading, SplittableRandom random, Map<String, List<Operation>> byKey)
            throws Exception {
        Process process = new ProcessBuilder(PoroProcess.commandOf(
                        Clients.class, log, sync, threading, SEGMENT_LENGTH, OPERATIONS, random.nextLong()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            Map<String, String[]> invoked = new LinkedHashMap<>();
            int killAfter = 1 + random.nextInt(2 * Clients.COUNT * OPERATIONS);
            int read = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line.split(" ", -1), invoked, byKey);
                if (++read == killAfter) {
                    process.toHandle().destroyForcibly();
                }
            }
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isEqualTo(128 + 9);
            long dead = System.nanoTime();
            for (String[] call : invoked.values()) {
                add(call, null, dead, byKey);
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static void take(String[] words, Map<String, String[]> invoked, Map<String, List<Operation>> byKey) {
        String name = words[0] + " " + words[1];
        if (words[2].equals("invoke")) {
            invoked.put(name, words);
        } else {
            add(invoked.remove(name), words[3], Long.parseLong(words[4]), byKey);
        }
    }

    /** @param result {@code null} if there was none */
    private static void add(String[] call, String result, long ended, Map<String, List<Operation>> byKey) {
        Kind kind = Kind.valueOf(call[3]);
        String value = switch (kind) {
            case SET -> call[5];
            case GET -> Clients.NOTHING.equals(result) ? null : result;
            case DELETE, EXCHANGE -> null;
        };
        byKey.computeIfAbsent(call[4], key -> new ArrayList<>())
                .add(new Operation(kind, value, "true".equals(result), result != null, Long.parseLong(call[6]), ended));
    }

    /** The last life only reads. */
    private static void readAll(Path log, Map<String, List<Operation>> byKey) throws IOException {
        try (Poro poro = Poro.at(log).memory(8 << 20).open()) {
            byKey.forEach((key, operations) -> {
                long invoked = System.nanoTime();
                operations.add(new Operation(Kind.GET, poro.get(key), false, true, invoked, System.nanoTime()));
            });
        }
    }
}
