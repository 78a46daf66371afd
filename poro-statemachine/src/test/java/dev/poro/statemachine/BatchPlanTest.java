package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchPlanTest {
    private static final int LENGTH = 8 << 20;

    private final WyHash hash = new WyHash(3);
    private final BatchPlan plan = new BatchPlan(hash);
    private final RecordFlyweight record = new RecordFlyweight();
    private final long buffer = RawMemory.allocate(LENGTH);
    private long end = buffer;

    @AfterEach
    void free() {
        plan.close();
        RawMemory.free(buffer, LENGTH);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 7, 8, 100, 100_000})
    void knowsEveryChange(int count) {
        for (int round = 0; round < 2; round++) {
            end = buffer;
            for (int key = 0; key < count; key++) {
                add(key(key), key % 50);
            }
            assertThat(plan.read(buffer, end)).isEqualTo(BatchPlan.NO_DUPLICATE);
            assertThat(plan.count()).isEqualTo(count);
            for (int key = 0; key < count; key++) {
                assertThat(plan.hash(key)).isEqualTo(hash.of(key(key)));
                assertThat(plan.wrap(key, record).key()).isEqualTo(key(key));
                assertThat(record.valueLength()).isEqualTo(key % 50);
                assertThat(plan.isDone(key)).isFalse();
                plan.done(key);
                assertThat(plan.isDone(key)).isTrue();
            }
            plan.release();
        }
    }

    @Test
    void findsTheFirstThatComesTwice() {
        for (int key = 0; key < 1_000; key++) {
            add(key(key), 3);
        }
        add(key(700), 5);
        add(key(3), 0);
        assertThat(plan.read(buffer, end)).isEqualTo(1_000);
        end = buffer;
        add(new byte[0], 1);
        add(new byte[1], 1);
        add(new byte[2], 1);
        add(new byte[0], 0);
        assertThat(plan.read(buffer, end)).isEqualTo(3);
    }

    @Test
    void tellsKeysOfOneHashApart() {
        BatchPlan colliding = new BatchPlan(ChosenHash.ofOneHash());
        for (int key = 0; key < 100; key++) {
            add(key(key), 3);
        }
        assertThat(colliding.read(buffer, end)).isEqualTo(BatchPlan.NO_DUPLICATE);
        add(key(99), 3);
        assertThat(colliding.read(buffer, end)).isEqualTo(100);
        colliding.close();
    }

    private void add(byte[] key, int valueLength) {
        end += RecordEncoder.encodeSet(end, key, new byte[valueLength]);
    }

    private static byte[] key(int key) {
        return ByteBuffer.allocate(4).putInt(key).array();
    }
}
