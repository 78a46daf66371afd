package dev.poro.statemachine;

import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.kotlinx.lincheck.annotations.Operation;
import org.jetbrains.kotlinx.lincheck.annotations.Param;
import org.jetbrains.kotlinx.lincheck.paramgen.IntGen;
import org.junit.jupiter.api.Test;

/**
 * Reads beside the writer are linearizable, see {@link Linearizability}. The keys share one home slot of the index but
 * no stripe of the stamps, so that a deletion moves the words of keys that it does not lock; the values are replaced
 * in place, by others of another size class, and by chains of chunks.
 *
 * <p>Not covered here are splits, merges and doublings of the index, which need thousands of keys.
 */
class LinearizableReadsTest {
    private static final Duration EXHAUSTIVE_BUDGET = Duration.ofSeconds(20);

    private final Linearizability reads = new Linearizability(Reads.class, Model.class, EXHAUSTIVE_BUDGET);

    @Test
    void areLinearizableOnRealThreads() {
        reads.stress("lincheck-reads-stress", 4, TestScale.choose(6, 200));
    }

    @Test
    void areLinearizableWhereverTheThreadsAreSwitched() {
        reads.modelCheck("lincheck-reads-model", 2, TestScale.choose(3, 60), Values.class.getName());
    }

    /** The operations: one writer, any readers. */
    @Param(name = "key", gen = IntGen.class, conf = "0:3")
    @Param(name = "value", gen = IntGen.class, conf = "0:3")
    public static final class Reads {
        private static final long HASH_SEED = 1;
        private static final byte[][] KEYS = keysOfOneHome(4);
        private static final int ABSENT = -1;

        private final StateMachine machine = new StateMachine(0, HASH_SEED);
        private final Events events = Events.of(machine);

        public Reads() {
            events.budget(1 << 20);
            // Keeps a slab page of each size class in use, so that no operation has to cut one up: thousands of steps.
            for (int number = 0; number < Values.LENGTHS.length; number++) {
                events.set(new byte[] {(byte) number}, Values.of(number));
            }
            for (byte[] key : KEYS) {
                events.set(key, Values.of(0));
            }
        }

        @Operation(nonParallelGroup = "writer")
        public boolean set(@Param(name = "key") int key, @Param(name = "value") int value) {
            return events.set(KEYS[key], Values.of(value)).existed();
        }

        @Operation(nonParallelGroup = "writer")
        public boolean delete(@Param(name = "key") int key) {
            return events.delete(KEYS[key]).existed();
        }

        @Operation
        public int get(@Param(name = "key") int key) {
            byte[] read = machine.get(KEYS[key]);
            return read == null ? ABSENT : Values.numberOf(read);
        }

        private static byte[][] keysOfOneHome(int count) {
            byte[][] keys = new byte[count][];
            int found = 0;
            for (int candidate = 0; found < count; candidate++) {
                byte[] key = ByteBuffer.allocate(4).putInt(candidate).array();
                if (IndexPage.home(new WyHash(HASH_SEED).of(key)) == 0) {
                    keys[found++] = key;
                }
            }
            return keys;
        }
    }

    /** The values: every byte of one is its number, so that a torn one is recognised. */
    static final class Values {
        private static final int[] LENGTHS = {8, 9, 300, 9_000};

        private Values() {}

        static byte[] of(int number) {
            byte[] value = new byte[LENGTHS[number]];
            Arrays.fill(value, (byte) number);
            return value;
        }

        static int numberOf(byte[] value) {
            if (!Arrays.equals(value, of(value[0]))) {
                throw new AssertionError("torn value");
            }
            return value[0];
        }
    }

    /** What they mean. */
    public static final class Model {
        private final Map<Integer, Integer> entries = new HashMap<>(Map.of(0, 0, 1, 0, 2, 0, 3, 0));

        public boolean set(int key, int value) {
            return entries.put(key, value) != null;
        }

        public boolean delete(int key) {
            return entries.remove(key) != null;
        }

        public int get(int key) {
            return entries.getOrDefault(key, Reads.ABSENT);
        }
    }
}
