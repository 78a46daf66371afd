package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a reader meets in a page while the writer is in it, the reader comes back. Random words stand for what may
 * be there; {@link RawMemory} runs in checked mode and throws if an access leaves the region.
 */
class EntryReaderTest {
    private static final int KEYS = 2000;
    private static final int LONGEST = 30_000;
    private static final int DAMAGED_WORDS = 40_000;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void survivesAnythingThatItMayMeet(long seed) {
        Random random = new Random(seed);
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(64 << 20);
            for (int key = 0; key < KEYS; key++) {
                events.set(key(key), new byte[random.nextInt(key % 10 == 0 ? LONGEST : 200)]);
            }
            Arena arena = machine.table().arena();
            int used = arena.touchedPages();
            byte[] target = new byte[LONGEST];
            for (int damaged = 0; damaged < DAMAGED_WORDS; damaged++) {
                int page = ArenaDescriptor.FIRST_POOL_PAGE + random.nextInt(used);
                long word = arena.pageAddress(page) + random.nextInt(ArenaDescriptor.PAGE_LENGTH / 8) * 8L;
                RawMemory.writeLong(word, damage(RawMemory.readLong(word), random));
                int key = random.nextInt(KEYS);
                assertThat(machine.get(key(key), target, 0)).isGreaterThanOrEqualTo(-1);
                if (damaged % 100 == 0) {
                    machine.get(key(key));
                }
            }
        }
    }

    private static long damage(long word, Random random) {
        switch (random.nextInt(3)) {
            case 0:
                return random.nextLong();
            case 1:
                return word ^ 1L << random.nextInt(64);
            default:
                return word + random.nextInt();
        }
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(4 + number % 50 * (number % 7))
                .putInt(number)
                .array();
    }
}
