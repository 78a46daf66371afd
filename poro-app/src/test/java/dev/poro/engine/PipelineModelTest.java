package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.tools.Verification;
import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A random run of changes and reads in a pipeline, and the same one by one on another store: equal are all results,
 * the sequences of all entries, and in the end contents and digest. The memory is short, so that all outcomes occur.
 */
class PipelineModelTest {
    private static final int RUNS = TestScale.choose(60, 600);
    private static final Instant FAR = Instant.parse("2200-01-01T00:00:00Z");
    private static final Expiry[] EXPIRIES = {Expiry.NONE, Expiry.KEEP, Expiry.at(FAR), Expiry.at(FAR.plusSeconds(9))};

    private static final List<SetIf> CONDITIONS = List.of(SetIf.values());
    private static final List<ExpireIf> EXPIRE_IFS = List.of(ExpireIf.values());

    @TempDir
    Path directory;

    private final List<Supplier<Object>> expected = new ArrayList<>();
    private final List<Supplier<Object>> results = new ArrayList<>();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void saysWhatSingleCallsSay(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Path path = directory.resolve("pipeline");
        long digest;
        try (Poro poro = open(path, random);
                Poro single = open(directory.resolve("single"), random);
                Pipeline pipeline = poro.pipeline()) {
            for (int round = 0; round < RUNS; round++) {
                for (int count = random.nextInt(40); count > 0; count--) {
                    add(pipeline, poro, single, random);
                }
                pipeline.execute();
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(resultOf(results.get(i)))
                            .as("run %d, index %d", round, i)
                            .isEqualTo(resultOf(expected.get(i)));
                }
                assertThat(poro.sequence()).isEqualTo(single.sequence());
                assertThat(poro.digest()).isEqualTo(single.digest());
                assertThat(poro.keys()).isEqualTo(single.keys());
                expected.clear();
                results.clear();
                pipeline.reset();
            }
            digest = poro.digest();
        }
        assertThat(Verification.run(path, Progress.NONE).digest()).isEqualTo(digest);
    }

    private static Poro open(Path path, SplittableRandom random) {
        return Poro.at(path)
                .threading(random.nextBoolean() ? Threading.CALLER : Threading.DEDICATED)
                .sync(SyncPolicy.OS)
                .ringCapacity(1 << random.nextInt(1, 11))
                .segmentLength(256 << 10)
                .maxValueLength(20_000)
                .memory(PoroBuilder.MIN_MEMORY)
                .open();
    }

    private static Object resultOf(Supplier<Object> call) {
        try {
            Object result = call.get();
            return result instanceof byte[] bytes
                    ? ByteBuffer.wrap(bytes)
                    : result instanceof Entry entry
                            ? List.of(ByteBuffer.wrap(entry.value()), entry.sequence(), entry.expiry())
                            : result;
        } catch (MemoryBudgetExceededException | ChangeRejectedException rejected) {
            return rejected.getClass();
        }
    }

    /** Adds one change or read, and keeps how to get its result, here and there. */
    private void add(Pipeline pipeline, Poro poro, Poro single, SplittableRandom random) {
        byte[] key = new byte[random.nextInt(1, 4)];
        Arrays.fill(key, (byte) ('a' + random.nextInt(12)));
        byte[] value = random.nextInt(8) == 0
                ? Long.toString(random.nextLong() >> random.nextInt(64)).getBytes(UTF_8)
                : new byte[random.nextInt(random.nextInt(4) == 0 ? 20_000 : 300)];
        Expiry expiry = EXPIRIES[random.nextInt(EXPIRIES.length)];
        SetIf condition = CONDITIONS.get(random.nextInt(CONDITIONS.size()));
        ExpireIf expireIf = EXPIRE_IFS.get(random.nextInt(EXPIRE_IFS.size()));
        Expiry change = expiry.equals(Expiry.KEEP) ? Expiry.NONE : expiry;
        long sequence = random.nextLong(single.sequence() + 2);
        long delta = random.nextInt(3) == 0 ? Long.MAX_VALUE : random.nextInt(100);
        boolean buffers = random.nextBoolean();
        ByteBuffer keyBuffer = buffer(key, random);
        ByteBuffer valueBuffer = buffer(value, random);
        int at = pipeline.size();
        switch (random.nextInt(13)) {
            case 0, 1, 2 -> {
                int ignored = buffers
                        ? pipeline.set(keyBuffer, valueBuffer, expiry, condition)
                        : pipeline.set(key, value, expiry, condition);
                expect(() -> single.set(key, value, expiry, condition), () -> isMet(pipeline, at));
            }
            case 3 -> {
                int ignored = buffers
                        ? pipeline.getAndSet(keyBuffer, valueBuffer, expiry, condition)
                        : pipeline.getAndSet(key, value, expiry, condition);
                expect(() -> single.getAndSet(key, value, expiry, condition), () -> pipeline.value(at));
            }
            case 4 -> {
                int ignored = buffers
                        ? pipeline.replace(keyBuffer, sequence, valueBuffer)
                        : pipeline.replace(key, sequence, value);
                expect(() -> single.replace(key, sequence, value), () -> isMet(pipeline, at));
            }
            case 5 -> {
                int ignored = buffers ? pipeline.delete(keyBuffer) : pipeline.delete(key);
                expect(() -> single.delete(key), () -> pipeline.existed(at));
            }
            case 6 -> {
                int ignored = buffers ? pipeline.getAndDelete(keyBuffer) : pipeline.getAndDelete(key);
                expect(() -> single.getAndDelete(key), () -> pipeline.value(at));
            }
            case 7 -> {
                int ignored = buffers ? pipeline.add(keyBuffer, delta) : pipeline.add(key, delta);
                expect(() -> single.add(key, delta), () -> pipeline.number(at));
            }
            case 8 -> {
                int ignored = buffers ? pipeline.append(keyBuffer, valueBuffer) : pipeline.append(key, value);
                expect(() -> single.append(key, value), () -> pipeline.number(at));
            }
            case 9 -> {
                int ignored =
                        buffers ? pipeline.expire(keyBuffer, change, expireIf) : pipeline.expire(key, change, expireIf);
                expect(() -> single.expire(key, change, expireIf), () -> pipeline.existed(at));
            }
            case 10 -> {
                pipeline.commit(batch(poro, key, value, delta));
                expect(() -> batch(single, key, value, delta).commit(), () -> pipeline.batchOutcome(at));
            }
            case 11 -> {
                int ignored = buffers ? pipeline.contains(keyBuffer) : pipeline.contains(key);
                expect(() -> single.contains(key), () -> pipeline.existed(at));
            }
            default -> {
                int ignored = buffers ? pipeline.get(keyBuffer) : pipeline.get(key);
                expect(() -> single.entry(key), () -> pipeline.entry(at));
            }
        }
    }

    private static boolean isMet(Pipeline pipeline, int at) {
        pipeline.existed(at);
        return pipeline.outcome(at) != PipelineOutcome.UNMET;
    }

    private static Batch batch(Poro poro, byte[] key, byte[] value, long delta) {
        byte[] other = {1};
        return poro.batch().requirePresent(key).set(other, value).add(key, delta);
    }

    /** The call is made at once, the result of the pipeline looked at later. */
    private void expect(Supplier<Object> call, Supplier<Object> ofPipeline) {
        Object result = resultOf(call);
        expected.add(() -> result);
        results.add(ofPipeline);
    }

    private static ByteBuffer buffer(byte[] bytes, SplittableRandom random) {
        ByteBuffer buffer = random.nextBoolean()
                ? ByteBuffer.allocateDirect(bytes.length + 2)
                : ByteBuffer.allocate(bytes.length + 2);
        buffer.position(1);
        buffer.put(bytes).limit(1 + bytes.length).position(1);
        return random.nextBoolean() ? buffer.asReadOnlyBuffer() : buffer;
    }
}
