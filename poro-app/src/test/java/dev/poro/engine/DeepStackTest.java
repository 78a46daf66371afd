package dev.poro.engine;

import static dev.poro.engine.StoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.TestScale;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A caller that runs out of stack, again and again, at every depth that an operation may have: it is alone with that.
 *
 * @see StackProbe
 */
@Timeout(120)
@Tag("R32")
class DeepStackTest {
    private static final int STACK_LENGTH = 256 << 10;
    private static final int ROUNDS = TestScale.choose(8, 30);

    @TempDir
    Path directory;

    private Poro open(Threading threading, RecoveryMode mode) {
        return Poro.at(directory.resolve("poro.wal"))
                .threading(threading)
                .recovery(mode)
                .sync(SyncPolicy.OS)
                .memory(16 << 20)
                .segmentLength(64 << 10)
                .ringCapacity(8)
                .eventsPerMark(16)
                .open();
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void aStackOverflowIsTheCallersOwn(Threading threading) throws InterruptedException {
        int[] overflows = new int[1];
        try (Poro poro = open(threading, RecoveryMode.TAIL)) {
            for (int round = 0; round < ROUNDS; round++) {
                int padding = round;
                Thread deep = new Thread(null, () -> descend(poro, padding, overflows), "deep", STACK_LENGTH);
                deep.start();
                deep.join();
                poro.set("shallow", "value" + round);
                assertThat(poro.get("shallow")).isEqualTo("value" + round);
            }
        }
        assertThat(overflows[0]).isEqualTo(ROUNDS);
        try (Poro poro = open(threading, RecoveryMode.STRICT)) {
            assertThat(poro.get("shallow")).isEqualTo("value" + (ROUNDS - 1));
        }
    }

    /** Whoever waits until it may change alone runs the handlers on what others have published. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    void aHoldThatOverflowsTheStackIsTheCallersOwn(Threading threading) throws InterruptedException {
        AtomicBoolean isOver = new AtomicBoolean();
        try (Poro poro = open(threading, RecoveryMode.TAIL)) {
            Thread publisher = new Thread(() -> {
                for (byte[] key = bytes("key"); !isOver.get(); ) {
                    poro.setAsync(key, key);
                }
            });
            publisher.start();
            for (int round = 0; round < ROUNDS; round++) {
                Thread deep = new Thread(null, () -> descendUntilOverflow(poro), "deep", STACK_LENGTH);
                deep.start();
                deep.join();
            }
            isOver.set(true);
            publisher.join();
            poro.set("shallow", "value");
        }
    }

    private static void descendUntilOverflow(Poro poro) {
        try {
            descendAndHold(poro, 0);
        } catch (StackOverflowError overflow) {
            // Its own.
        }
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int descendAndHold(Poro poro, int depth) {
        poro.holdChanges().close();
        return 1 + descendAndHold(poro, depth + 1);
    }

    private static void descend(Poro poro, int padding, int[] overflows) {
        try {
            byte[] value = new byte[100 + padding];
            if (padding % 2 == 0) {
                descendAndSet(poro, bytes("deep"), value, 0, 0);
            } else {
                descendAndPublish(poro, bytes("deep"), value, 0);
            }
        } catch (StackOverflowError overflow) {
            overflows[0]++;
        }
    }

    /** Frames of two sizes, so that it does not always end at the same place. */
    @SuppressWarnings("InfiniteRecursion")
    private static long descendAndSet(Poro poro, byte[] key, byte[] value, long a, int depth) {
        poro.set(key, value);
        return 1 + descendAndSet(poro, key, value, a + depth, depth + 1);
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int descendAndPublish(Poro poro, byte[] key, byte[] value, int depth) {
        poro.setAsync(key, value);
        return 1 + descendAndPublish(poro, key, value, depth + 1);
    }
}
