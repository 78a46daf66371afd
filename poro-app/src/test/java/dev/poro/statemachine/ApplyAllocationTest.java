package dev.poro.statemachine;

import static dev.poro.events.RecordFlags.IF_PRESENT;
import static dev.poro.events.RecordFlags.RELATIVE_EXPIRY;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import java.lang.management.ManagementFactory;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nothing is allocated on the heap by an event. Not beside the state machine, whose tests check memory, and book. */
class ApplyAllocationTest {
    private static final int OPERATIONS = 20_000;
    private static final int KEYS = 512;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final StateMachine machine = new StateMachine(16 << 20);
    private final RecordFlyweight record = new RecordFlyweight();
    private final long buffer = RawMemory.allocate(1 << 16);
    private final byte[][] keys = new byte[KEYS][];
    private final byte[] value = new byte[100];
    private final byte[] other = new byte[300];
    private final byte[] target = new byte[1000];
    private long results;
    private long sequence;

    @BeforeEach
    void fill() {
        apply(RecordEncoder.encodeMemoryBudget(buffer, 16 << 20));
        for (int key = 0; key < KEYS; key++) {
            keys[key] = new byte[] {(byte) key, (byte) (key >> 8)};
        }
    }

    @AfterEach
    void close() {
        machine.close();
        RawMemory.free(buffer, 1 << 16);
    }

    @Test
    void bySetsAndReads() {
        requireNothing(i -> {
            apply(RecordEncoder.encodeSet(buffer, keys[i], (i & 1) == 0 ? value : other));
            return machine.get(keys[i], target, 0);
        });
    }

    @Test
    void byDeletes() {
        requireNothing(i -> {
            apply(RecordEncoder.encodeSet(buffer, keys[i], value));
            return apply(RecordEncoder.encodeDelete(buffer, keys[i]));
        });
    }

    @Test
    void byGuardedSets() {
        requireNothing(i -> {
            apply(RecordEncoder.encodeSet(buffer, keys[i], value));
            return apply(RecordEncoder.encodeSet(buffer, IF_PRESENT | RELATIVE_EXPIRY, 1_000, 0, keys[i], other));
        });
    }

    @Test
    void byAdditions() {
        requireNothing(i -> apply(RecordEncoder.encodeAdd(buffer, 0, 0, keys[i], 12_345)));
    }

    @Test
    void bySplices() {
        requireNothing(i -> apply(
                RecordEncoder.encodeSplice(buffer, 0, 0, keys[i], i & 1023, 1 << 20, (i & 1) == 0 ? value : other)));
    }

    @Test
    void byExpiries() {
        requireNothing(i -> {
            apply(RecordEncoder.encodeSet(buffer, RELATIVE_EXPIRY, 1 + i % 7, 0, keys[i], value));
            apply(RecordEncoder.encodeExpireAt(buffer, RELATIVE_EXPIRY, 1 + i % 3, 0, keys[i], ExpiryCondition.ALWAYS));
            return apply(RecordEncoder.encodeExpireDue(buffer, 3));
        });
    }

    @Test
    void byBatches() {
        requireNothing(i -> {
            int header = RecordDescriptor.recordLength(0, 0, 0);
            int end = header + RecordEncoder.encodeSet(buffer + header, keys[i], value);
            end += RecordEncoder.encodeAdd(buffer + end, 0, 0, keys[i ^ 256], 1);
            RecordEncoder.encodeBatchHeader(buffer, 0, 0, end - header);
            return apply(end);
        });
    }

    private void requireNothing(IntUnaryOperator operation) {
        run(operation);
        run(operation);
        long before = threads.getCurrentThreadAllocatedBytes();
        run(operation);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat((double) allocated / OPERATIONS)
                .as("bytes an operation; results %d", results)
                .isLessThan(1);
    }

    private void run(IntUnaryOperator operation) {
        for (int i = 0; i < OPERATIONS; i++) {
            results += operation.applyAsInt(i % KEYS);
        }
    }

    private int apply(int length) {
        sequence++;
        return machine.apply(sequence, sequence, record.wrap(buffer)) == null ? 0 : length;
    }
}
