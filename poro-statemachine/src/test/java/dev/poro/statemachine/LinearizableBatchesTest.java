package dev.poro.statemachine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.ExpiryCondition;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlags;
import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.kotlinx.lincheck.annotations.Operation;
import org.jetbrains.kotlinx.lincheck.annotations.Param;
import org.jetbrains.kotlinx.lincheck.paramgen.IntGen;
import org.junit.jupiter.api.Test;

/**
 * Reads beside batches are linearizable, see {@link Linearizability}: no reader sees a part of one. The batches replace
 * values in place and by others, with an expiry and without, and remove.
 */
class LinearizableBatchesTest {
    private static final Duration EXHAUSTIVE_BUDGET = Duration.ofSeconds(20);

    private final Linearizability batches = new Linearizability(Batches.class, Model.class, EXHAUSTIVE_BUDGET);

    @Test
    void areLinearizableOnRealThreads() {
        batches.stress("lincheck-batches-stress", 1, TestScale.choose(15, 60));
    }

    @Test
    void areLinearizableWhereverTheThreadsAreSwitched() {
        assumeTrue(TestScale.ENABLED, "takes half a minute");
        batches.modelCheck(
                "lincheck-batches-model",
                1,
                25,
                LinearizableReadsTest.Values.class.getName(),
                Records.class.getName(),
                BatchPlan.class.getName());
    }

    /** The operations: one writer, any readers. */
    @Param(name = "key", gen = IntGen.class, conf = "0:2")
    @Param(name = "value", gen = IntGen.class, conf = "0:3")
    public static final class Batches {
        private static final byte[][] KEYS = {key(1), key(2), key(3)};
        private static final int ABSENT = -1;

        private final StateMachine machine = new StateMachine(0, 1);
        private final Events events = Events.of(machine);

        public Batches() {
            events.budget(1 << 20);
            // Keeps a slab page of each size class in use, so that no operation has to cut one up: thousands of steps.
            for (int number = 0; number < 4; number++) {
                byte[] value = LinearizableReadsTest.Values.of(number);
                events.set(new byte[] {(byte) number}, value);
                events.setUntil(new byte[] {(byte) number, 1}, value, 1_000);
            }
            for (byte[] key : KEYS) {
                events.set(key, LinearizableReadsTest.Values.of(0));
            }
        }

        @Operation(nonParallelGroup = "writer")
        public boolean set(@Param(name = "key") int key, @Param(name = "value") int value) {
            byte[] bytes = LinearizableReadsTest.Values.of(value);
            byte[] first = KEYS[key];
            byte[] second = KEYS[(key + 1) % 3];
            return events.apply(Records.batch(
                            0,
                            0,
                            Records.set(0, 0, 0, first, bytes),
                            Records.set(RecordFlags.RELATIVE_EXPIRY, 9, 0, second, bytes)))
                    == Outcome.ACCEPTED;
        }

        @Operation(nonParallelGroup = "writer")
        public boolean move(@Param(name = "key") int key, @Param(name = "value") int value) {
            byte[] bytes = LinearizableReadsTest.Values.of(value);
            return events.apply(Records.batch(
                            0,
                            0,
                            Records.delete(0, 0, KEYS[key]),
                            Records.expireAt(
                                    RecordFlags.RELATIVE_EXPIRY, 5, 0, KEYS[(key + 2) % 3], ExpiryCondition.ALWAYS),
                            Records.set(RecordFlags.KEEP_EXPIRY, 0, 0, KEYS[(key + 1) % 3], bytes)))
                    == Outcome.ACCEPTED;
        }

        @Operation
        public int get(@Param(name = "key") int key) {
            byte[] read = machine.get(KEYS[key]);
            return read == null ? ABSENT : LinearizableReadsTest.Values.numberOf(read);
        }

        private static byte[] key(int number) {
            return ByteBuffer.allocate(4).putInt(number).array();
        }
    }

    /** What they mean. */
    public static final class Model {
        private final Map<Integer, Integer> entries = new HashMap<>(Map.of(0, 0, 1, 0, 2, 0));

        public boolean set(int key, int value) {
            entries.put(key, value);
            entries.put((key + 1) % 3, value);
            return true;
        }

        public boolean move(int key, int value) {
            entries.remove(key);
            entries.put((key + 1) % 3, value);
            return true;
        }

        public int get(int key) {
            return entries.getOrDefault(key, Batches.ABSENT);
        }
    }
}
