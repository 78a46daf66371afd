package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.tools.Verification;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.TestScale;
import dev.poro.statemachine.StateMachine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Threads on three replicas make random changes: single ones, pipelines with reads in between that are cut into
 * messages, changes with tokens, with expiries. A state machine alone, which applies the messages one by one, gives
 * each the same outcome that its caller was told, each read the same value, and has in the end the state of all three.
 */
@Timeout(120)
class ReplicaModelTest {
    private static final int NODES = 3;
    private static final int THREADS = 2;
    private static final int CHANGES = TestScale.choose(60, 3_000);
    private static final byte[][] KEYS = {bytes("a"), bytes("b"), bytes("c"), bytes("d"), {}};

    @TempDir
    private Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /**
     * What one thread did at once, and what came of it: an outcome and a number for each part, or a value that was
     * read.
     */
    private static final class Deed {
        private final List<byte[]> keysOfReads = new ArrayList<>();
        private final List<Object> results = new ArrayList<>();
        /** How many parts the messages so far had. */
        private int checked;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    @Tag("R16")
    void everyOneIsToldWhatTheMessagesSay(long seed) throws Exception {
        try (InMemoryCluster cluster = new InMemoryCluster(2_000)) {
            List<InMemoryCluster.Node> nodes = new ArrayList<>();
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < NODES; i++) {
                Threading threading = random.nextBoolean() ? Threading.CALLER : Threading.DEDICATED;
                SyncPolicy policy = List.of(SyncPolicy.values()).get(random.nextInt(3));
                nodes.add(cluster.start(
                        directory.resolve("node-" + i),
                        settings -> settings.threading(threading)
                                .sync(policy)
                                .segmentLength(64 << 10)
                                .eventsPerMark(50)));
            }
            nodes.get(0).replica().adoptMemoryBudget();
            run(cluster, nodes, random);
            cluster.refuse(true); // what has expired stays from now on
            cluster.awaitAll();
            requireEqual(cluster, nodes);
        }
        for (int i = 0; i < NODES; i++) {
            assertThat(Verification.run(directory.resolve("node-" + i), Progress.NONE)
                            .problems())
                    .isEmpty();
        }
    }

    private static void run(InMemoryCluster cluster, List<InMemoryCluster.Node> nodes, SplittableRandom random)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(NODES * THREADS);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < NODES * THREADS; i++) {
                SplittableRandom ofThread = random.split();
                Poro poro = nodes.get(i % NODES).poro();
                long client = i;
                done.add(threads.submit(() -> {
                    long number = 0;
                    for (int change = 0; change < CHANGES; change++) {
                        number += change(cluster, poro, ofThread, client, number + 1);
                    }
                }));
            }
            for (Future<?> thread : done) {
                thread.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Returns how many tokens were used. */
    private static int change(InMemoryCluster cluster, Poro poro, SplittableRandom random, long client, long number) {
        Deed deed = new Deed();
        cluster.tag(deed);
        byte[] key = KEYS[random.nextInt(KEYS.length)];
        byte[] value = new byte[random.nextInt(300)];
        switch (random.nextInt(8)) {
            case 0 -> deed.results.add(poro.set(key, value));
            case 1 -> deed.results.add(poro.delete(key));
            case 2 -> deed.results.add(poro.append(key, value));
            case 3 -> deed.results.add(poro.set(key, value, Duration.ofMillis(1 + random.nextInt(20))));
            case 4 -> deed.results.add(poro.getAndSet(key, value) != null);
            case 5 -> {
                deed.results.add(poro.withToken(client, number).set(key, value));
                return 1;
            }
            default -> pipeline(poro, random, deed);
        }
        return 0;
    }

    private static void pipeline(Poro poro, SplittableRandom random, Deed deed) {
        try (Pipeline pipeline = poro.pipeline()) {
            int size = 1 + random.nextInt(30);
            for (int i = 0; i < size; i++) {
                byte[] key = KEYS[random.nextInt(KEYS.length)];
                boolean isRead = i > 0 && random.nextInt(3) == 0;
                deed.keysOfReads.add(isRead ? key : null);
                if (isRead) {
                    pipeline.get(key);
                } else if (random.nextInt(4) == 0) {
                    pipeline.delete(key);
                } else {
                    pipeline.append(key, new byte[random.nextInt(200)]);
                }
            }
            pipeline.execute();
            for (int i = 0; i < size; i++) {
                deed.results.add(
                        deed.keysOfReads.get(i) == null
                                ? List.of(pipeline.outcome(i), pipeline.number(i))
                                : textOf(pipeline.value(i)));
            }
        }
    }

    private static String textOf(byte[] value) {
        return value == null ? "nothing" : new String(value, UTF_8) + value.length;
    }

    private static void requireEqual(InMemoryCluster cluster, List<InMemoryCluster.Node> nodes) {
        long[] time = {0};
        StateMachine reference = new StateMachine(8 << 20);
        reference.useLogTime(() -> time[0]);
        RecordFlyweight record = new RecordFlyweight();
        long sequence = 0;
        for (InMemoryCluster.Message message : cluster.log()) {
            time[0] = message.timeMillis();
            int length = message.records().length;
            long address = RawMemory.allocate(length + 1);
            RawMemory.copy(message.records(), 0, address, length);
            Deed deed = (Deed) message.tag();
            for (long at = address; at < address + length; at += record.length()) {
                requireReads(reference, deed);
                Outcome outcome = reference.apply(++sequence, time[0], record.wrap(at));
                requireChange(deed, outcome, reference.outcomeNumber());
            }
            requireReads(reference, deed);
            RawMemory.free(address, length + 1);
        }
        for (InMemoryCluster.Node node : nodes) {
            assertThat(node.poro().sequence()).isEqualTo(sequence);
            assertThat(node.poro().digest()).isEqualTo(reference.digest());
            assertThat(node.poro().keys()).isEqualTo(reference.keys());
        }
        reference.close();
    }

    /** Reads that come here in a pipeline: after the changes before them, and before the next. */
    private static void requireReads(StateMachine reference, Deed deed) {
        while (deed != null && deed.checked < deed.keysOfReads.size() && deed.keysOfReads.get(deed.checked) != null) {
            byte[] value = reference.get(deed.keysOfReads.get(deed.checked));
            assertThat(deed.results.get(deed.checked)).isEqualTo(textOf(value));
            deed.checked++;
        }
    }

    private static void requireChange(Deed deed, Outcome outcome, long number) {
        if (deed == null) {
            return; // of a thread of a store: the memory budget, a removal of what has expired
        }
        Object result = deed.results.get(deed.checked++);
        if (result instanceof Boolean existed) {
            assertThat(existed).isEqualTo(outcome.existed());
        } else if (result instanceof Long length) {
            assertThat(length).isEqualTo(number);
        } else {
            assertThat(result).isEqualTo(List.of(PipelineOutcome.of(outcome), number));
        }
    }
}
