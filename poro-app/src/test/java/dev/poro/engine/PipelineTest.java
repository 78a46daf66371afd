package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.lmax.disruptor.BusySpinWaitStrategy;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a pipeline does, and what it says of it.
 *
 * @see RunReader
 */
class PipelineTest {
    private static final byte[] KEY = bytes("key");
    private static final byte[] OTHER = bytes("other");

    @TempDir
    Path directory;

    private PoroBuilder settings() {
        return Poro.at(directory.resolve("poro.wal")).memory(4 << 20).segmentLength(64 << 10);
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void aReadSeesEveryChangeBeforeItAndNoneAfterIt(Threading threading) {
        try (Poro poro = settings().threading(threading).open();
                Pipeline pipeline = poro.pipeline()) {
            int before = pipeline.get(KEY);
            int created = pipeline.set(KEY, bytes("1"));
            int first = pipeline.get(KEY);
            int sum = pipeline.add(KEY, 41);
            int second = pipeline.get(KEY);
            int gone = pipeline.delete(KEY);
            int third = pipeline.get(KEY);

            pipeline.execute();

            assertThat(pipeline.outcome(before)).isEqualTo(PipelineOutcome.ABSENT);
            assertThat(pipeline.value(before)).isNull();
            assertThat(pipeline.view(before)).isNull();
            assertThat(pipeline.valueLength(before)).isEqualTo(-1);
            assertThat(pipeline.outcome(created)).isEqualTo(PipelineOutcome.CREATED);
            assertThat(pipeline.value(first)).isEqualTo(bytes("1"));
            assertThat(pipeline.number(first)).isEqualTo(pipeline.number(created));
            assertThat(pipeline.number(sum)).isEqualTo(42);
            assertThat(pipeline.value(second)).isEqualTo(bytes("42"));
            assertThat(text(pipeline.view(second))).isEqualTo("42");
            assertThat(text(pipeline.view(first))).isEqualTo("1");
            assertThat(pipeline.existed(gone)).isTrue();
            assertThat(pipeline.outcome(third)).isEqualTo(PipelineOutcome.ABSENT);
            assertThat(poro.contains(KEY)).isFalse();
        }
    }

    @Test
    void everyChangeSaysWhatTheSingleCallSays() {
        try (Poro poro = settings().open();
                Pipeline pipeline = poro.pipeline()) {
            Entry entry = entryOf(poro, OTHER, "text");
            int notStored = pipeline.set(OTHER, KEY, Expiry.NONE, SetIf.ABSENT);
            int swapped = pipeline.replace(OTHER, entry.sequence(), bytes("next"));
            int lost = pipeline.replace(OTHER, entry.sequence(), bytes("never"));
            int old = pipeline.getAndSet(OTHER, bytes("12"), Expiry.NONE, SetIf.ALWAYS);
            int unmet = pipeline.getAndSet(OTHER, bytes("13"), Expiry.NONE, SetIf.ABSENT);
            int none = pipeline.getAndDelete(KEY);
            int length = pipeline.append(OTHER, bytes("x"));
            int noNumber = pipeline.add(OTHER, 1);
            int overwritten = pipeline.overwrite(OTHER, 1, bytes("345"));
            int expires = pipeline.expire(OTHER, Expiry.after(Duration.ofHours(1)), ExpireIf.ALWAYS);
            int inspected = pipeline.contains(OTHER);
            int persists = pipeline.persist(OTHER);
            int persistsAgain = pipeline.persist(OTHER);
            int read = pipeline.get(OTHER);
            int guarded = pipeline.delete(OTHER, 1);
            int removed = pipeline.getAndDelete(OTHER);

            pipeline.execute();

            assertThat(pipeline.outcome(notStored)).isEqualTo(PipelineOutcome.UNMET);
            assertThat(pipeline.number(notStored)).isEqualTo(entry.sequence());
            assertThat(pipeline.outcome(swapped)).isEqualTo(PipelineOutcome.REPLACED);
            assertThat(pipeline.outcome(lost)).isEqualTo(PipelineOutcome.UNMET);
            assertThat(pipeline.value(old)).isEqualTo(bytes("next"));
            assertThat(pipeline.outcome(unmet)).isEqualTo(PipelineOutcome.UNMET);
            assertThat(pipeline.value(unmet)).isEqualTo(bytes("12"));
            assertThat(pipeline.value(none)).isNull();
            assertThat(pipeline.number(length)).isEqualTo(3);
            assertThat(pipeline.outcome(noNumber)).isEqualTo(PipelineOutcome.NOT_A_NUMBER);
            assertThat(pipeline.outcome(noNumber).isRejected()).isTrue();
            assertThatThrownBy(() -> pipeline.number(noNumber)).isInstanceOf(ChangeRejectedException.class);
            assertThat(pipeline.number(overwritten)).isEqualTo(4);
            assertThat(pipeline.existed(expires)).isTrue();
            assertThat(pipeline.outcome(inspected)).isEqualTo(PipelineOutcome.FOUND);
            assertThat(pipeline.valueLength(inspected)).isEqualTo(4);
            assertThat(pipeline.expiryMillis(inspected)).isGreaterThan(System.currentTimeMillis());
            assertThatThrownBy(() -> pipeline.value(inspected)).isInstanceOf(IllegalArgumentException.class);
            assertThat(pipeline.existed(persists)).isTrue();
            assertThat(pipeline.existed(persistsAgain)).isFalse();
            assertThat(pipeline.expiryMillis(read)).isEqualTo(-1);
            assertThat(pipeline.entry(read).value()).isEqualTo(bytes("1345"));
            assertThat(pipeline.entry(read).sequence()).isEqualTo(pipeline.number(read));
            assertThat(pipeline.outcome(guarded)).isEqualTo(PipelineOutcome.UNMET);
            assertThat(pipeline.value(removed)).isEqualTo(bytes("1345"));
            assertThat(poro.keys()).isZero();
        }
    }

    private static Entry entryOf(Poro poro, byte[] key, String value) {
        poro.set(key, bytes(value));
        return poro.entry(key);
    }

    @Test
    void aBatchIsAPartOfAPipeline() {
        try (Poro poro = settings().open();
                Poro another =
                        Poro.at(directory.resolve("another")).memory(1 << 20).open();
                Pipeline pipeline = poro.pipeline()) {
            int happens = pipeline.commit(
                    poro.batch().requireAbsent(KEY).set(KEY, bytes("a")).add(OTHER, 7));
            int read = pipeline.get(OTHER);
            int unmet = pipeline.commit(
                    poro.batch().requirePresent(OTHER).requireAbsent(KEY).delete(OTHER));
            int rejected = pipeline.commit(
                    poro.batch().requirePresent(OTHER).delete(OTHER).add(KEY, 1));
            assertThatThrownBy(() -> pipeline.commit(another.batch().delete(KEY)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> pipeline.commit(poro.batch())).isInstanceOf(IllegalArgumentException.class);

            pipeline.execute();

            assertThat(pipeline.batchOutcome(happens)).isEqualTo(new BatchOutcome(true, poro.sequence() - 2, -1));
            assertThat(pipeline.value(read)).isEqualTo(bytes("7"));
            assertThat(pipeline.batchOutcome(unmet)).isEqualTo(new BatchOutcome(false, 0, 1));
            assertThat(pipeline.outcome(rejected)).isEqualTo(PipelineOutcome.NOT_A_NUMBER);
            assertThatThrownBy(() -> pipeline.batchOutcome(rejected))
                    .isInstanceOf(ChangeRejectedException.class)
                    .hasMessageContaining("part 2");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void buffersOfEveryKindAreTakenBetweenPositionAndLimit(boolean direct) {
        try (Poro poro = settings().open();
                Pipeline pipeline = poro.pipeline()) {
            ByteBuffer both = direct ? ByteBuffer.allocateDirect(64) : ByteBuffer.allocate(64);
            both.put(bytes("..key-value..")).flip();
            ByteBuffer key = both.slice(2, 8).limit(3);
            ByteBuffer value = both.duplicate().limit(11).position(6).asReadOnlyBuffer();

            int set = pipeline.set(key, value);
            int read = pipeline.get(key.asReadOnlyBuffer());
            int sum = pipeline.add(value, 5);
            int length = pipeline.append(key, value);
            int there = pipeline.contains(value);
            int part = pipeline.get(bytes("..key.."), 2, 3);
            int parts = pipeline.set(bytes("abc"), 1, 1, bytes("xyz"), 2, 1, Expiry.NONE, SetIf.ALWAYS);
            int ofParts = pipeline.get(bytes("b"));
            pipeline.execute();

            assertThat(pipeline.outcome(set)).isEqualTo(PipelineOutcome.CREATED);
            assertThat(text(pipeline.view(read))).isEqualTo("value");
            assertThat(pipeline.number(sum)).isEqualTo(5);
            assertThat(pipeline.number(length)).isEqualTo(10);
            assertThat(pipeline.existed(there)).isTrue();
            assertThat(text(pipeline.view(part))).isEqualTo("valuevalue");
            assertThat(pipeline.existed(parts)).isFalse();
            assertThat(text(pipeline.view(ofParts))).isEqualTo("z");
            assertThat(key.position()).isZero();
            assertThat(value.position()).isEqualTo(6);
            pipeline.reset();
            assertThatThrownBy(() -> pipeline.get(KEY, 1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(pipeline.size()).isZero();
        }
    }

    @Test
    void readsLeaveNoTraceInTheLog() {
        long[] sequences = new long[2];
        long[] lengths = new long[2];
        long[] digests = new long[2];
        for (int withReads = 0; withReads < 2; withReads++) {
            Path path = directory.resolve("log" + withReads);
            try (Poro poro = Poro.at(path).memory(4 << 20).sync(SyncPolicy.OS).open();
                    Pipeline pipeline = poro.pipeline()) {
                for (int round = 0; round < 20; round++) {
                    for (int i = 0; i < 50; i++) {
                        pipeline.set(bytes("k" + i % 7), bytes(round + "-" + i));
                        if (withReads == 1) {
                            pipeline.get(bytes("k" + (i + 1) % 7));
                            pipeline.get(KEY);
                        }
                    }
                    pipeline.execute();
                    pipeline.reset();
                }
                sequences[withReads] = poro.sequence();
                lengths[withReads] = poro.log().bytesSinceSnapshot();
                digests[withReads] = poro.digest();
            }
            VerificationReport verified = Verification.run(path, Progress.NONE);
            assertThat(verified.digest()).isEqualTo(digests[withReads]);
            assertThat(verified.log().closedCleanly()).isTrue();
        }
        assertThat(sequences[1]).isEqualTo(sequences[0]);
        assertThat(lengths[1]).isEqualTo(lengths[0]);
        assertThat(digests[1]).isEqualTo(digests[0]);
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void whatIsLongerThanTheRingGoesInParts(Threading threading) {
        try (Poro poro = settings().threading(threading).ringCapacity(4).open();
                Pipeline pipeline = poro.pipeline()) {
            for (int i = 0; i < 1_001; i++) {
                pipeline.set(bytes("k" + i % 10), new byte[i]);
                pipeline.get(bytes("k" + i % 10));
            }
            assertThat(pipeline.length()).isGreaterThan(500_000);

            pipeline.execute();

            for (int i = 0; i < 1_001; i++) {
                assertThat(pipeline.existed(2 * i)).isEqualTo(i >= 10);
                assertThat(pipeline.valueLength(2 * i + 1)).isEqualTo(i);
            }
        }
    }

    @Test
    void longValuesComeBackIntact() {
        try (Poro poro = settings().memory(64 << 20).segmentLength(16 << 20).open();
                Pipeline pipeline = poro.pipeline()) {
            byte[] value = new byte[1 << 20];
            Arrays.fill(value, (byte) 7);
            pipeline.set(KEY, value);
            pipeline.get(KEY);
            pipeline.set(OTHER, bytes("short"));
            pipeline.get(OTHER);
            pipeline.get(KEY);
            pipeline.execute();
            assertThat(pipeline.value(1)).isEqualTo(value);
            assertThat(pipeline.value(3)).isEqualTo(bytes("short"));
            assertThat(pipeline.value(4)).isEqualTo(value);

            pipeline.reset();
            pipeline.get(KEY);
            pipeline.get(OTHER);
            pipeline.execute();
            assertThat(pipeline.value(0)).isEqualTo(value);
            assertThat(pipeline.value(1)).isEqualTo(bytes("short"));
        }
    }

    /** Others may make values longer than they were when the reads were added. */
    @Test
    void valuesBeyondALimitAreNotRead() {
        try (Poro poro = settings().open();
                Pipeline pipeline = poro.pipeline().limitValues(10_000)) {
            poro.set(KEY, new byte[4_000]);
            for (int round = 0; round < 3; round++) {
                int first = pipeline.get(KEY);
                int second = pipeline.get(KEY);
                int third = pipeline.get(KEY);
                int set = pipeline.set(OTHER, bytes("1"));
                int short1 = pipeline.get(OTHER);
                int previous = pipeline.getAndSet(KEY, new byte[4_000], Expiry.NONE, SetIf.ALWAYS);
                pipeline.execute();
                assertThat(pipeline.value(first)).hasSize(4_000);
                assertThat(pipeline.value(second)).hasSize(4_000);
                assertThatThrownBy(() -> pipeline.valueLength(third)).isInstanceOf(OutOfMemoryError.class);
                assertThatThrownBy(() -> pipeline.view(third)).isInstanceOf(OutOfMemoryError.class);
                assertThat(pipeline.existed(set)).isEqualTo(round > 0);
                assertThat(pipeline.value(short1)).isEqualTo(bytes("1"));
                assertThat(pipeline.existed(previous)).as("it has happened").isTrue();
                assertThatThrownBy(() -> pipeline.value(previous)).isInstanceOf(OutOfMemoryError.class);
                pipeline.reset();
            }
            assertThatThrownBy(() -> pipeline.limitValues(-1)).isInstanceOf(IllegalArgumentException.class);
            pipeline.limitValues(0).get(OTHER);
            assertThatThrownBy(() -> pipeline.limitValues(1)).isInstanceOf(IllegalStateException.class);
            pipeline.execute();
            assertThatThrownBy(() -> pipeline.value(0)).isInstanceOf(OutOfMemoryError.class);
            assertThat(pipeline.longestMessage()).as("without a cluster").isEqualTo(Integer.MAX_VALUE);
        }
    }

    @Test
    void aRejectedChangeEndsNothing() {
        try (Poro poro = settings()
                        .memory(PoroBuilder.MIN_MEMORY)
                        .maxValueLength(60_000)
                        .open();
                Pipeline pipeline = poro.pipeline()) {
            List<Integer> sets = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                sets.add(pipeline.set(bytes("k" + i), new byte[50_000]));
            }
            int removed = pipeline.delete(bytes("k0"));
            int fits = pipeline.set(bytes("fits"), bytes("now"));
            pipeline.execute();

            assertThat(sets).extracting(pipeline::outcome).contains(PipelineOutcome.OUT_OF_MEMORY);
            assertThat(pipeline.outcome(sets.get(0))).isEqualTo(PipelineOutcome.CREATED);
            assertThat(pipeline.outcome(removed)).isEqualTo(PipelineOutcome.DELETED);
            assertThat(pipeline.outcome(fits)).isEqualTo(PipelineOutcome.CREATED);
            int last = sets.get(49);
            assertThatThrownBy(() -> pipeline.existed(last)).isInstanceOf(MemoryBudgetExceededException.class);
        }
    }

    @Test
    void argumentsThatAreRefusedAddNothing() {
        try (Poro poro = settings().maxValueLength(100).open();
                Pipeline pipeline = poro.pipeline()) {
            pipeline.set(KEY, KEY);
            assertThatThrownBy(() -> pipeline.set(KEY, new byte[101])).isInstanceOf(EventTooLargeException.class);
            assertThatThrownBy(() -> pipeline.get(new byte[70_000])).isInstanceOf(EventTooLargeException.class);
            assertThatThrownBy(() -> pipeline.set(KEY, null)).hasMessage("value");
            assertThatThrownBy(() -> pipeline.delete((ByteBuffer) null)).hasMessage("key");
            assertThatThrownBy(() -> pipeline.overwrite(KEY, -1, KEY)).isInstanceOf(IllegalArgumentException.class);
            assertThat(pipeline.size()).isEqualTo(1);
            assertThatThrownBy(() -> pipeline.outcome(0)).isInstanceOf(IllegalStateException.class);
            pipeline.execute();
            assertThat(pipeline.outcome(0)).isEqualTo(PipelineOutcome.CREATED);
            assertThatThrownBy(() -> pipeline.outcome(1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(pipeline::execute).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> pipeline.get(KEY)).isInstanceOf(IllegalStateException.class);
            pipeline.reset();
            pipeline.execute();
        }
    }

    @Test
    void whatIsClosedDoesNothingMore() {
        try (Poro poro = settings().open()) {
            Pipeline pipeline = poro.pipeline();
            pipeline.set(KEY, KEY);
            pipeline.close();
            pipeline.close();
            assertThatThrownBy(pipeline::execute).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(pipeline::reset).isInstanceOf(IllegalStateException.class);
            assertThat(poro.contains(KEY)).isFalse();
        }
    }

    @Test
    void aClosedStoreDoesNothingOfIt() {
        Poro poro = settings().open();
        Pipeline pipeline = poro.pipeline();
        int set = pipeline.set(KEY, KEY);
        int read = pipeline.get(KEY);
        poro.close();

        assertThatThrownBy(pipeline::execute).isInstanceOf(StoreClosedException.class);

        assertThat(pipeline.outcome(set)).isEqualTo(PipelineOutcome.NOT_DONE);
        assertThat(pipeline.outcome(read)).isEqualTo(PipelineOutcome.NOT_DONE);
        assertThatThrownBy(() -> pipeline.existed(set)).isInstanceOf(StoreClosedException.class);
        pipeline.reset();
        pipeline.get(KEY);
        assertThatThrownBy(pipeline::execute).isInstanceOf(StoreClosedException.class);
        pipeline.close();
    }

    /** The thread that should deliver the outcomes died, and another comes to them later. */
    @Test
    @Tag("R32")
    void aPipelineWhoseOutcomesDoNotComeLeavesItsMemoryToTheHandlers() {
        AbsentHandlers handlers = new AbsentHandlers();
        Poro poro = settings().handlers(handlers).open();
        Pipeline pipeline = poro.pipeline();
        poro.set(KEY, bytes("before"));
        pipeline.set(KEY, bytes("lost"));
        pipeline.get(KEY);
        handlers.isAbsent = true;
        handlers.failStop().trip(new IllegalStateException("somebody died"));

        assertThatThrownBy(pipeline::execute).isInstanceOf(StoreFailedException.class);

        assertThat(pipeline.outcome(0)).isEqualTo(PipelineOutcome.UNKNOWN);
        assertThat(pipeline.outcome(1)).isEqualTo(PipelineOutcome.UNKNOWN);
        pipeline.reset();
        pipeline.get(KEY);
        pipeline.get(OTHER);
        pipeline.execute();
        handlers.journal();
        handlers.apply();
        assertThat(pipeline.value(0)).isEqualTo(bytes("before"));
        assertThat(pipeline.outcome(1)).isEqualTo(PipelineOutcome.ABSENT);
        handlers.isAbsent = false;
        assertThatThrownBy(poro::close).isInstanceOf(StoreFailedException.class);
    }

    /** Nobody runs them for whoever waits, if they are absent. */
    private static final class AbsentHandlers implements HandlerRunnerFactory {
        private boolean isAbsent;
        private FailStop failStop;
        private SteppedProcessors present;

        @Override
        public EventRing newRing(int capacity) {
            return new EventRing(capacity, new BusySpinWaitStrategy());
        }

        @Override
        public HandlerRunner start(
                EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop stop) {
            failStop = stop;
            present = new SteppedProcessors(ring, journal, stateMachine, stop) {
                @Override
                public Outcome await(OutcomeWaiter waiter) {
                    return isAbsent ? Outcome.FAILED : super.await(waiter);
                }
            };
            return present;
        }

        FailStop failStop() {
            return failStop;
        }

        void journal() {
            present.journal();
        }

        void apply() {
            present.apply();
        }
    }

    @Test
    void anInterruptDoesNotEndIt() {
        try (Poro poro = settings().sync(SyncPolicy.ALWAYS).open();
                Pipeline pipeline = poro.pipeline()) {
            Thread.currentThread().interrupt();
            pipeline.set(KEY, KEY);
            pipeline.execute();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(pipeline.outcome(0)).isEqualTo(PipelineOutcome.CREATED);
        }
    }

    /** A small ring, so that other publishers often leave no room for a whole pipeline. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    void pipelinesOfManyThreadsAndSingleCallsCountTogether(Threading threading) throws Exception {
        int threads = 4;
        int rounds = 60;
        try (Poro poro = settings().threading(threading).ringCapacity(16).open()) {
            CountDownLatch start = new CountDownLatch(1);
            List<Throwable> failures = new ArrayList<>();
            List<Thread> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                boolean pipes = t % 2 == 0;
                byte[] own = bytes("own" + t);
                all.add(new Thread(() -> {
                    try (Pipeline pipeline = poro.pipeline()) {
                        start.await();
                        for (int round = 0; round < rounds; round++) {
                            if (pipes) {
                                requireOwnCountsUp(pipeline, own, round);
                            } else {
                                for (int i = 0; i < 10; i++) {
                                    poro.add(KEY, 1);
                                }
                            }
                        }
                    } catch (Throwable failure) {
                        synchronized (failures) {
                            failures.add(failure);
                        }
                    }
                }));
            }
            all.forEach(Thread::start);
            start.countDown();
            for (Thread thread : all) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            assertThat(poro.get(KEY)).isEqualTo(bytes(Integer.toString(threads * rounds * 10)));
        }
    }

    private static void requireOwnCountsUp(Pipeline pipeline, byte[] own, int round) {
        for (int i = 0; i < 10; i++) {
            pipeline.add(KEY, 1);
            pipeline.add(own, 1);
            pipeline.get(own);
        }
        pipeline.execute();
        long before = 0;
        for (int i = 0; i < 10; i++) {
            long sum = pipeline.number(3 * i);
            assertThat(sum).isGreaterThan(before);
            before = sum;
            assertThat(pipeline.number(3 * i + 1)).isEqualTo(round * 10 + i + 1);
            assertThat(text(pipeline.view(3 * i + 2))).isEqualTo(Integer.toString(round * 10 + i + 1));
        }
        pipeline.reset();
    }

    @Test
    void buffersAreKeysAndValuesOfSingleCalls() {
        try (Poro poro = settings().open()) {
            for (boolean direct : new boolean[] {true, false}) {
                ByteBuffer key = buffer("key", direct);
                ByteBuffer readOnly = buffer("value", direct).asReadOnlyBuffer();
                assertThat(poro.set(key, readOnly)).isFalse();
                assertThat(poro.get(KEY)).isEqualTo(bytes("value"));
                assertThat(poro.get(key)).isEqualTo(bytes("value"));
                assertThat(poro.contains(key)).isTrue();
                Entry entry = poro.entry(key);
                assertThat(poro.replace(key, entry.sequence(), buffer("longer value", direct)))
                        .isTrue();
                assertThat(poro.set(key, key, Expiry.NONE, SetIf.ABSENT)).isFalse();
                ByteBuffer target = direct ? ByteBuffer.allocateDirect(20) : ByteBuffer.allocate(20);
                target.position(3).limit(9);
                assertThat(poro.get(key, target)).isEqualTo(12);
                assertThat(target.position()).isEqualTo(9);
                assertThat(text(target.flip().position(3))).isEqualTo("longer");
                assertThat(target.get(0)).isZero();
                assertThatThrownBy(() -> poro.get(key, target.asReadOnlyBuffer()))
                        .isInstanceOf(java.nio.ReadOnlyBufferException.class);
                assertThat(poro.append(key, buffer("!", direct))).isEqualTo(13);
                assertThat(poro.overwrite(KEY, 0, bytes("L"))).isEqualTo(13);
                assertThat(poro.getAndSet(key, buffer("7", direct), Expiry.NONE, SetIf.ALWAYS))
                        .isEqualTo(bytes("Longer value!"));
                assertThat(poro.add(key, -9)).isEqualTo(-2);
                assertThat(poro.expire(key, Expiry.at(Instant.now().plusSeconds(99)), ExpireIf.NONE))
                        .isTrue();
                assertThat(poro.delete(key, 1)).isFalse();
                assertThat(poro.getAndDelete(key)).isEqualTo(bytes("-2"));
                assertThat(poro.delete(key)).isFalse();
                assertThat(poro.get(key)).isNull();
                assertThat(poro.get(key, target)).isEqualTo(-1);
                assertThat(key.remaining()).isEqualTo(3);
                assertThat(readOnly.remaining()).isEqualTo(5);
            }
            ByteBuffer longKey = ByteBuffer.allocateDirect(30_000);
            poro.set(longKey, longKey);
            assertThat(poro.get(new byte[30_000])).hasSize(30_000);
            assertThat(poro.get(longKey)).hasSize(30_000);
        }
    }

    @Test
    void getAllReadsInTheOrderOfTheKeys() {
        try (Poro poro = settings().open()) {
            List<byte[]> keys = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                keys.add(bytes("k" + i));
                if (i % 3 != 0) {
                    poro.set(keys.get(i), bytes("v" + i));
                }
            }
            keys.add(keys.get(1));

            List<byte[]> values = poro.getAll(keys);

            assertThat(values).hasSize(201);
            for (int i = 0; i < 200; i++) {
                assertThat(values.get(i)).isEqualTo(i % 3 == 0 ? null : bytes("v" + i));
            }
            assertThat(values.get(200)).isEqualTo(bytes("v1"));
            assertThat(poro.getAll(keys.get(2), keys.get(3))).containsExactly(bytes("v2"), null);
            assertThat(poro.getAll(List.of())).isEmpty();
            assertThatThrownBy(() -> poro.getAll(KEY, null)).hasMessage("key");
        }
    }

    private static ByteBuffer buffer(String text, boolean direct) {
        byte[] bytes = bytes(text);
        ByteBuffer buffer =
                direct ? ByteBuffer.allocateDirect(bytes.length + 4) : ByteBuffer.allocate(bytes.length + 4);
        buffer.position(2);
        buffer.put(bytes).limit(2 + bytes.length).position(2);
        return direct ? buffer : buffer.slice();
    }

    private static String text(ByteBuffer view) {
        return UTF_8.decode(view.duplicate()).toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** Whoever reads many values at once relies on it for the memory that they take. */
    @Test
    @Tag("R33")
    void knowsTheLengthOfTheLongestValue() {
        try (Poro poro = settings().memory(1 << 20).open();
                Pipeline pipeline = poro.pipeline()) {
            assertThat(pipeline.longestValue()).isZero();
            poro.set(KEY, new byte[10]);
            assertThat(pipeline.longestValue()).isEqualTo(10);
            poro.set(KEY, new byte[11]);
            assertThat(pipeline.longestValue()).as("in its place").isEqualTo(11);
            poro.set(KEY, new byte[5_000]);
            poro.set(KEY, new byte[3]);
            assertThat(pipeline.longestValue()).as("in another place").isEqualTo(5_000);
            poro.append(OTHER, new byte[2_000]);
            poro.append(OTHER, new byte[3_500]);
            assertThat(pipeline.longestValue()).isEqualTo(5_500);
            poro.batch().set(OTHER, new byte[6_000]).commit();
            assertThat(pipeline.longestValue()).isEqualTo(6_000);
        }
        try (Poro poro = settings().memory(64 << 20).open();
                Pipeline pipeline = poro.pipeline()) {
            assertThat(pipeline.longestValue()).as("replayed, with more memory").isEqualTo(6_000);
            poro.snapshot();
        }
        try (Poro poro = settings().open();
                Pipeline pipeline = poro.pipeline()) {
            assertThat(pipeline.longestValue()).as("from a snapshot").isEqualTo(6_000);
        }
    }
}
