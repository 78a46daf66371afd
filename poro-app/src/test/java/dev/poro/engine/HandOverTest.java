package dev.poro.engine;

import static dev.poro.engine.StoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.events.RecordMemory;
import dev.poro.events.TestScale;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;
import dev.poro.wal.LogInspector;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * From the caller's arrays to the handlers and back: what may happen on the way, and what it must not lead to.
 *
 * @see Backoff
 * @see CallerRunner
 * @see DedicatedRunner
 * @see Publisher
 */
@Timeout(120)
class HandOverTest {
    private static final List<String> OWN_THREADS = List.of("poro-background", "poro-journal", "poro-state-machine");

    private static final int INTERRUPTS = TestScale.choose(100, 1_000);
    private static final int CHANGING_KEYS = TestScale.choose(1_000, 10_000);

    @TempDir
    Path directory;

    private final AtomicReference<FailStop> failStop = new AtomicReference<>();

    private PoroBuilder store() {
        Path path = directory.resolve("poro.wal");
        return Poro.at(path)
                .sync(SyncPolicy.OS)
                .memory(64 << 20)
                .ringCapacity(16)
                .segmentLength(8 << 20)
                .log((settings, replay, progress, stop) -> {
                    failStop.set(stop);
                    return WriteAheadLog.open(path, settings, replay, progress, stop);
                });
    }

    /** Handlers that run only when somebody waits: between, the store stands still. */
    private Poro openStepped(SteppedProcessors.Factory handlers, PoroBuilder settings) {
        return settings.handlers(handlers).open();
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    @Tag("R28")
    void aKeyThatChangesMeanwhileIsStoredUnderTheHashOfWhatWasStored(Threading threading) throws Exception {
        byte[] key = new byte[200];
        byte[] longKey = new byte[20_000];
        AtomicBoolean done = new AtomicBoolean();
        Thread changing = new Thread(() -> {
            for (int i = 0; !done.get(); i++) {
                Arrays.fill(key, (byte) (i % 3));
                Arrays.fill(longKey, (byte) (i % 3));
            }
        });
        changing.start();
        try (Poro poro = store().threading(threading).open()) {
            long last = 0;
            for (int i = 0; i < CHANGING_KEYS; i++) {
                poro.set(key, bytes("value"));
                poro.set(longKey, bytes("value"));
                poro.delete(key);
                last = poro.setAsync(key, bytes("value"));
            }
            poro.await(last);
        } finally {
            done.set(true);
            changing.join();
        }
        // The replay hashes what is in the log; the mark of the clean close states what the store had made of it.
        try (Poro poro = store().recovery(RecoveryMode.STRICT).open()) {
            assertThat(poro.opening().closedCleanly()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(WaitStrategy.class)
    @Tag("R34")
    void interruptedHandlersAcknowledgeNothingThatDidNotHappen(WaitStrategy strategy) {
        try (Poro poro =
                store().threading(Threading.DEDICATED).waitStrategy(strategy).open()) {
            requireSoundUnderInterrupts(poro);
        }
    }

    @Test
    @Tag("R34")
    void anInterruptedBackgroundThreadAcknowledgesNothingThatDidNotHappen() {
        try (Poro poro = store().threading(Threading.CALLER).open()) {
            requireSoundUnderInterrupts(poro);
        }
    }

    private static void requireSoundUnderInterrupts(Poro poro) {
        for (int i = 0; i < INTERRUPTS; i++) {
            interruptOwnThreads();
            byte[] key = bytes("key" + i);
            assertThat(poro.await(poro.setAsync(key, key))).isFalse();
            assertThat(poro.get(key)).isEqualTo(key);
            poro.set(key, bytes("other"));
        }
        assertThat(poro.keys()).isEqualTo(INTERRUPTS);
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    @Tag("R32")
    void anInterruptedThreadOfTheStoreDoesNotSpin(Threading threading) throws InterruptedException {
        try (Poro poro =
                store().threading(threading).waitStrategy(WaitStrategy.BACKOFF).open()) {
            poro.await(poro.setAsync(bytes("key"), bytes("value")));
            interruptOwnThreads();
            Thread.sleep(50);
            long before = processorMillisOfOwnThreads();
            Thread.sleep(300);

            assertThat(processorMillisOfOwnThreads() - before).isLessThan(50);
        }
    }

    private static void interruptOwnThreads() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (OWN_THREADS.contains(thread.getName())) {
                thread.interrupt();
            }
        }
    }

    private static long processorMillisOfOwnThreads() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long nanos = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (OWN_THREADS.contains(thread.getName())) {
                nanos += Math.max(0, threads.getThreadCpuTime(thread.getId()));
            }
        }
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    @Test
    @Tag("R34")
    void anEventWithoutOutcomeIsAFailureForWhoeverAsksLater() {
        SteppedProcessors.Factory handlers = new SteppedProcessors.Factory(Threading.CALLER);
        Poro poro = openStepped(handlers, store());
        long done = poro.setAsync(bytes("done"), bytes("value"));
        handlers.journal();
        long pending = poro.setAsync(bytes("pending"), bytes("value"));
        handlers.failStop().trip(new IllegalStateException("the test has stopped it"));

        assertThat(poro.await(done)).isFalse();
        assertThatExceptionOfType(StoreFailedException.class)
                .isThrownBy(() -> poro.await(pending))
                .withMessageContaining("the test has stopped it");
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(poro::close);
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(() -> poro.await(pending));
    }

    /** Whenever the long record looks, others have taken what has become free, and that goes on for ever. */
    @Test
    @Tag("R33")
    void aLongValueComesToItsTurnAmongShortOnes() {
        SteppedProcessors.Factory handlers = new SteppedProcessors.Factory(Threading.DEDICATED) {
            @Override
            public HandlerRunner start(
                    EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop stop) {
                return new SteppedProcessors(ring, journal, stateMachine, stop) {
                    private final int othersLength = 4 << 20;
                    private long others = ring.memory().tryTake(othersLength);

                    @Override
                    public void awaitCapacity(int round) {
                        assertThat(round).isLessThan(10_000);
                        if (others != RecordMemory.FULL) {
                            ring.memory().free(others, othersLength);
                        }
                        others = ring.memory().tryTake(othersLength);
                    }
                };
            }
        };
        byte[] value = new byte[15 << 20];
        PoroBuilder settings = store().maxValueLength(value.length).segmentLength(32 << 20);
        try (Poro poro = openStepped(handlers, settings)) {
            poro.set(bytes("long"), value);

            assertThat(poro.get(bytes("long"))).hasSameSizeAs(value);
        }
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    @Tag("R33")
    void aMarkWaitsForNothing(Threading threading) {
        SteppedProcessors.Factory handlers = new SteppedProcessors.Factory(threading);
        try (Poro poro = openStepped(handlers, store().eventsPerMark(2))) {
            EventRing ring = handlers.ring();
            long applied = ring.applied();
            long last = 0;
            for (int i = 0; i < 8; i++) {
                last = poro.setAsync(bytes("key" + i), bytes("value"));
            }

            assertThat(ring.applied()).as("nobody has waited for the handlers").isEqualTo(applied);
            assertThat(ring.claimed()).as("with marks among the events").isGreaterThan(applied + 8);
            assertThat(poro.await(last)).isFalse();
            assertThat(poro.keys()).isEqualTo(8);
        }
        requireMarksVerified(3);
    }

    /** Whatever the two handlers' turns: a mark states what is just before it. */
    @Test
    @Tag("R25")
    void marksAreTrueWhereverTheyComeInABatch() {
        SteppedProcessors.Factory handlers = new SteppedProcessors.Factory(Threading.DEDICATED);
        Random random = new Random(5);
        try (Poro poro = openStepped(handlers, store().eventsPerMark(3))) {
            for (int i = 0; i < 2_000; i++) {
                poro.setAsync(bytes("key" + random.nextInt(20)), bytes("value" + i));
                if (random.nextInt(4) == 0) {
                    handlers.journal();
                }
                if (random.nextInt(8) == 0) {
                    handlers.apply();
                }
            }
        }
        requireMarksVerified(100);
    }

    private void requireMarksVerified(int atLeast) {
        VerificationReport verified = Verification.run(directory.resolve("poro.wal"), Progress.NONE);
        assertThat(verified.problems()).isEmpty();
        assertThat(verified.recordsByType().get(dev.poro.events.EventType.DIGEST_MARK))
                .isGreaterThanOrEqualTo(atLeast);
    }

    @Test
    @Tag("R33")
    void longRecordsOnTheirWayTakeBoundedMemory() {
        SteppedProcessors.Factory handlers = new SteppedProcessors.Factory(Threading.DEDICATED);
        try (Poro poro = openStepped(handlers, store().ringCapacity(64))) {
            RecordMemory memory = handlers.ring().memory();
            byte[] value = new byte[1 << 20];
            long most = 0;
            long last = 0;
            for (int i = 0; i < 60; i++) {
                last = poro.setAsync(bytes("key" + i % 4), value);
                most = Math.max(most, memory.inUse());
            }
            assertThat(most).isBetween(10L << 20, RecordMemory.MAX_IN_USE);
            poro.await(last);
            assertThat(memory.inUse()).isZero();
        }
    }

    @Test
    @Tag("R32")
    void aRejectedSetIsWrittenToTheLogOnce() throws IOException {
        Path path = directory.resolve("poro.wal");
        byte[] value = new byte[100_000];
        try (Poro poro = store().memory(1 << 20).open()) {
            int stored = 0;
            while (isStored(poro, "key" + stored, value)) {
                stored++;
            }
            long sequence = poro.sequence();
            for (int i = 0; i < 50; i++) {
                assertThat(isStored(poro, "key" + stored, value)).isFalse();
            }
            assertThat(poro.sequence()).isEqualTo(sequence);

            poro.set("key0", "short");
            assertThat(isStored(poro, "key" + stored, value)).isTrue();
            assertThat(isStored(poro, "key1", value)).as("replaces as much").isTrue();
            assertThat(isStored(poro, "another", value)).isFalse();
            poro.delete("key1");
            assertThat(isStored(poro, "another", value)).isTrue();
        }
        assertThat(LogInspector.inspect(path, (sequence, timestamp, record) -> {}, ReplayProgress.NONE)
                        .verdict())
                .isEqualTo(RecoveryReport.Verdict.SOUND);
    }

    private static boolean isStored(Poro poro, String key, byte[] value) {
        try {
            poro.set(bytes(key), value);
            return true;
        } catch (MemoryBudgetExceededException rejected) {
            return false;
        }
    }
}
