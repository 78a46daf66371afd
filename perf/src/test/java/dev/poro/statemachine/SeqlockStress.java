package dev.poro.statemachine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A read beside two sets of its key returns a whole value, and none older than a set that had returned. The first set
 * moves the entry to another size class, the second back to where the old one was freed, or stays in place.
 */
@JCStressTest
@Outcome(id = "0, [012]", expect = ACCEPTABLE, desc = "began before the first set returned")
@Outcome(id = "1, [12]", expect = ACCEPTABLE, desc = "began after the first set returned")
@Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "began after both returned")
@Outcome(expect = FORBIDDEN, desc = "torn (-1), missing (-2) or old")
@State
public class SeqlockStress {
    private static final ConcurrentLinkedQueue<Machine> USED = new ConcurrentLinkedQueue<>();
    private static final int TORN = -1;
    private static final int MISSING = -2;

    private final Machine machine = take();
    private volatile int returned;

    private static Machine take() {
        Machine used = USED.poll();
        Machine machine = used == null ? new Machine() : used;
        machine.set(0);
        return machine;
    }

    /** The writer. */
    @Actor
    public void sets() {
        machine.set(1);
        returned = 1;
        machine.set(2);
        returned = 2;
    }

    /** A reader: {@code r1} is what had returned, {@code r2} is what it reads. */
    @Actor
    public void gets(II_Result result) {
        result.r1 = returned;
        result.r2 = machine.get();
    }

    /** Nobody is in the machine any more. */
    @Arbiter
    public void givesBack() {
        machine.alternate();
        USED.add(machine);
    }

    /** One key, three values, every byte of which is their number. */
    private static final class Machine {
        private static final byte[] KEY = {'k', 'e', 'y'};
        private static final int SHORT = 100;
        private static final int LONG = 700;
        private static final int BUFFER_LENGTH = 1024;

        private final StateMachine states = new StateMachine(0);
        private final RecordFlyweight record = new RecordFlyweight();
        private final long buffer = RawMemory.allocate(BUFFER_LENGTH);
        private int lengthOfFirst = LONG;
        private long sequence;

        Machine() {
            RecordEncoder.encodeMemoryBudget(buffer, 1 << 20);
            apply();
        }

        void alternate() {
            lengthOfFirst = lengthOfFirst == LONG ? SHORT : LONG;
        }

        void set(int number) {
            byte[] value = new byte[number == 1 ? lengthOfFirst : SHORT];
            Arrays.fill(value, (byte) number);
            RecordEncoder.encodeSet(buffer, KEY, value);
            apply();
        }

        private void apply() {
            states.apply(++sequence, 0, record.wrap(buffer));
        }

        int get() {
            byte[] value = states.get(KEY);
            if (value == null) {
                return MISSING;
            }
            int number = value[0];
            for (byte each : value) {
                if (each != number) {
                    return TORN;
                }
            }
            return number;
        }
    }
}
