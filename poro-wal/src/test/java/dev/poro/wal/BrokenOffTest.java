package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import com.lmax.disruptor.BusySpinWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.Slots;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * R32: an error that breaks off whatever the log is doing, on whichever thread. What was acknowledged is there
 * afterwards; or the log goes on as if nothing had happened; or it says that it has failed. It never says OK, closes
 * cleanly, and is refused.
 *
 * @see JournalingHandler
 */
@Tag("R32")
@Timeout(300)
class BrokenOffTest {
    private static final int BATCHES = 20;

    /** So many of the first operations one by one, and then ever fewer. */
    private static final int STEPS = TestScale.choose(12, 50);

    private static final int STACK_BYTES = 192 << 10;

    private SimulatedStorage storage;
    private final Set<ByteBuffer> refused = new HashSet<>();

    /** An error at each operation of the disk, while frames are written, segments change, snapshots are taken. */
    @ParameterizedTest
    @CsvSource({"ALWAYS, true", "EVERYSEC, true", "EVERYSEC, false", "OS, true"})
    void anErrorAtAnyOperationLosesNothing(SyncPolicy policy, boolean mapped) throws IOException {
        int happened = 1;
        for (int nth = 1; happened > 0; nth += 1 + nth / STEPS) {
            Supplier<Error> error = nth % 2 == 0 ? StackOverflowError::new : () -> new OutOfMemoryError("injected");
            AtomicInteger operations = new AtomicInteger();
            AtomicInteger thrown = new AtomicInteger();
            int fatal = nth;
            live(
                    policy,
                    mapped,
                    "operation " + nth,
                    () -> storage.beforeEach(operation -> {
                        if (operations.incrementAndGet() == fatal) {
                            thrown.incrementAndGet();
                            throw error.get();
                        }
                    }),
                    Runnable::run);
            happened = thrown.get();
            assertThat(nth).isLessThan(2_000);
        }
    }

    /** The thread that handles a batch has some stack left, and then none: a little more each time. */
    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void aStackThatEndsAnywhereLosesNothing(SyncPolicy policy) throws IOException {
        live(policy, true, "once, to have everything linked", () -> {}, Runnable::run);
        int broken = 0;
        for (int framesLeft = 2; framesLeft < 120; framesLeft += 1 + framesLeft / TestScale.choose(5, 10)) {
            int left = framesLeft;
            broken += live(policy, true, left + " frames left", () -> {}, task -> onShortStack(task, left)) ? 1 : 0;
        }
        assertThat(broken).as("logs that have failed").isGreaterThan(0);
    }

    /** The error came after it was journaled, and before the poller had noted that. */
    @Test
    @Tag("R28")
    void anEventThatComesASecondTimeIsNotJournaledAgain() throws IOException {
        storage = new SimulatedStorage();
        FailStop failStop = new FailStop();
        EventRing ring = new EventRing(4, new BusySpinWaitStrategy());
        WriteAheadLog log = WriteAheadLog.open(
                () -> {},
                storage,
                new SteppedWorkers(),
                TestLog.settings(SyncPolicy.ALWAYS),
                new ReplayedState(),
                ReplayProgress.NONE,
                failStop);
        JournalingHandler journal = log.newHandler(ring);
        EventSlot slot = ring.slot(0);
        byte[] key = {1};
        RecordEncoder.encodeSet(Slots.prepare(ring, 0, RecordDescriptor.recordLength(1, 1)), key, key);
        journal.onEvent(slot, 0, true);
        assertThat(slot.isJournaled()).isTrue();

        journal.onEvent(slot, 0, true);

        assertThat(slot.isJournaled()).isFalse();
        assertThat(slot.refusal()).isEqualTo(Outcome.FAILED);
        assertThat(failStop.cause()).hasMessageContaining("broken off");
        assertThat(log.lastSequence()).isEqualTo(1);
        log.close();
    }

    private interface Handling {
        void run(Runnable task);
    }

    /** Returns whether the log said that it has failed. */
    private boolean live(SyncPolicy policy, boolean mapped, String context, Runnable arm, Handling handling)
            throws IOException {
        storage = new SimulatedStorage();
        storage.mapsSafely(mapped);
        refused.clear();
        SteppedWorkers workers = new SteppedWorkers();
        LogSettings settings = TestLog.settings(policy).snapshotAfter(Long.MAX_VALUE);
        TestLog log = TestLog.open(storage, settings, workers).startSnapshots();
        arm.run();
        for (int batch = 0; batch < BATCHES; batch++) {
            publishAndHandle(log, batch, handling);
            storage.advanceClock(300);
            workers.stepWoken();
            if (batch % 8 == 7) {
                snapshot(log);
            }
        }
        List<Event> acknowledged = new ArrayList<>(log.acknowledged());
        boolean hasFailed = !close(log);
        hasFailed |= log.failStop().isTripped();
        storage.beforeEach(operation -> {});
        if (policy == SyncPolicy.ALWAYS || !hasFailed) {
            require(storage.powerCut(BATCHES), acknowledged, hasFailed, context + ", after a power cut");
        }
        storage.restart();
        require(storage, acknowledged, hasFailed, context);
        storage.release();
        return hasFailed;
    }

    private void publishAndHandle(TestLog log, int batch, Handling handling) {
        int events = 1 + batch % 3;
        for (int i = 0; i < events; i++) {
            log.publish("key-" + batch + "-" + i, "v".repeat(2_000 + batch));
        }
        List<Outcome> outcomes = new ArrayList<>();
        handling.run(() -> outcomes.addAll(handle(log)));
        // After an error the poller hands the rest out again, as a store does when the next one leads.
        outcomes.addAll(handle(log));
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.size() == events && outcomes.get(i) == Outcome.LOG_FULL) {
                refused.add(ByteBuffer.wrap(("key-" + batch + "-" + i).getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private static List<Outcome> handle(TestLog log) {
        try {
            return log.handle();
        } catch (StackOverflowError escaped) {
            // As the leader of a store does.
            return List.of();
        }
    }

    private static void snapshot(TestLog log) {
        try {
            log.log().takeSnapshot();
        } catch (LogException | OutOfMemoryError | StackOverflowError failed) {
            // Costs the snapshot.
        }
    }

    /** Whether the log was closed cleanly, and said so. */
    private static boolean close(TestLog log) {
        try {
            return log.closeCleanly() == Outcome.ACCEPTED;
        } catch (IOException | OutOfMemoryError | StackOverflowError failed) {
            return false;
        }
    }

    private void require(SimulatedStorage disk, List<Event> acknowledged, boolean mayHaveMore, String context)
            throws IOException {
        RecoveryMode mode = mayHaveMore ? RecoveryMode.TAIL : RecoveryMode.STRICT;
        LogSettings settings = new LogSettings(SyncPolicy.ALWAYS, mode, TestLog.SEGMENT_LENGTH);
        Map<ByteBuffer, ByteBuffer> expected = new HashMap<>();
        for (Event event : acknowledged) {
            expected.put(event.key(), event.value());
        }
        try (TestLog reopened = TestLog.open(disk, settings, new SteppedWorkers())) {
            Map<ByteBuffer, ByteBuffer> found = reopened.state().contents();
            assertThat(found).as(context).containsAllEntriesOf(expected);
            assertThat(found).as(context).doesNotContainKeys(refused.toArray(ByteBuffer[]::new));
            if (!mayHaveMore) {
                assertThat(found).as(context).hasSize(expected.size());
            }
        } catch (LogDamagedException e) {
            throw new AssertionError(context + ": refused", e);
        }
    }

    private static void onShortStack(Runnable task, int framesLeft) {
        Thread thread = new Thread(null, () -> new Descent(task, framesLeft).run(), "short-stack", STACK_BYTES);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Goes down until there is no stack, comes up some frames, and runs a task there. */
    private static final class Descent {
        private final Runnable task;
        private final int framesLeft;
        private int up = -1;

        Descent(Runnable task, int framesLeft) {
            this.task = task;
            this.framesLeft = framesLeft;
        }

        void run() {
            try {
                descend();
            } catch (StackOverflowError none) {
                // The task has run, as far as it could.
            }
        }

        /** Goes on until the stack ends, which is the point of it. */
        @SuppressWarnings("InfiniteRecursion")
        private void descend() {
            try {
                descend();
            } catch (StackOverflowError bottom) {
                up = 0;
            }
            if (up == framesLeft) {
                up++;
                task.run();
            } else if (up >= 0) {
                up++;
            }
        }
    }
}
