package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StripedSeqLockTest {
    private static final int STRIPES = 1024;

    private final Arena arena = new Arena(ArenaDescriptor.FIRST_POOL_PAGE + 1);
    private final StripedSeqLock stamps = new StripedSeqLock(arena);

    @AfterEach
    void release() {
        arena.release();
    }

    @Test
    void changesWithTheStripeAndOnlyWithIt() {
        long stamp = stamps.read(hash(5));
        long neighbour = stamps.read(hash(6));

        stamps.begin(hash(5));
        assertThat(stamps.isUnchanged(hash(5), stamp)).isFalse();
        stamps.end(hash(5));

        assertThat(stamps.isUnchanged(hash(5), stamp)).isFalse();
        assertThat(stamps.isUnchanged(hash(6), neighbour)).isTrue();
    }

    @Test
    void advancesWithinAChangeAndWithout() {
        long stamp = stamps.read(hash(5));
        stamps.advance(hash(5));
        long advanced = stamps.read(hash(5));
        assertThat(advanced).isNotEqualTo(stamp);

        stamps.begin(hash(5));
        stamps.advance(hash(5));
        stamps.end(hash(5));
        assertThat(stamps.read(hash(5))).isNotEqualTo(advanced);
    }

    @Test
    void tellsReadersThatTheStripeIsChanging() {
        stamps.begin(hash(5));
        assertThat(StripedSeqLock.isChanging(stamps.read(hash(5)))).isTrue();
        assertThat(StripedSeqLock.isChanging(stamps.read(hash(6)))).isFalse();

        stamps.end(hash(5));

        assertThat(StripedSeqLock.isChanging(stamps.read(hash(5)))).isFalse();
    }

    @Test
    void waitsForAChangeThatComesToItsEnd() {
        stamps.begin(hash(5));
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            while (StripedSeqLock.isChanging(stamps.read(hash(5)))) {
                Thread.yield();
            }
        });
        assertThat(reader).isNotDone();

        stamps.end(hash(5));

        assertThat(reader).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void holdsStripesUntilItLetsGo() {
        long before = stamps.read(hash(5));
        stamps.hold(hash(5));
        stamps.hold(hash(5));
        stamps.hold(hash(1023));
        stamps.begin(hash(5));
        stamps.end(hash(5));
        stamps.beginAll(hash(0), 0);
        stamps.endAll(hash(0), 0);
        stamps.advance(hash(5));
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            assertThat(StripedSeqLock.isChanging(stamps.read(hash(stripe)))).isEqualTo(stripe == 5 || stripe == 1023);
        }
        stamps.letGo();
        assertNothingIsChanging(arena);
        assertThat(stamps.isUnchanged(hash(5), before)).isFalse();

        stamps.begin(hash(5));
        assertThat(StripedSeqLock.isChanging(stamps.read(hash(5)))).isTrue();
        stamps.end(hash(5));
        stamps.beginAll(hash(5), 0);
        assertThat(StripedSeqLock.isChanging(stamps.read(hash(1023)))).isTrue();
        stamps.endAll(hash(5), 0);
        assertNothingIsChanging(arena);
    }

    @Test
    void holdsAllStripes() {
        stamps.holdAll();
        stamps.begin(hash(700));
        stamps.end(hash(700));
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            assertThat(StripedSeqLock.isChanging(stamps.read(hash(stripe)))).isTrue();
        }
        stamps.letGo();
        assertNothingIsChanging(arena);
    }

    @ParameterizedTest(name = "depth {0}, stripe {1}")
    @CsvSource({
        "0, 0, 0, 1024",
        "0, 700, 0, 1024",
        "1, 700, 512, 512",
        "4, 700, 640, 64",
        "10, 700, 700, 1",
        "17, 700, 700, 1"
    })
    void changesAllStripesOfAPrefix(int depth, int stripe, int first, int count) {
        long[] before = new long[STRIPES];
        for (int each = 0; each < STRIPES; each++) {
            before[each] = stamps.read(hash(each));
        }

        stamps.beginAll(hash(stripe), depth);
        stamps.endAll(hash(stripe), depth);

        for (int each = 0; each < STRIPES; each++) {
            boolean within = each >= first && each < first + count;
            assertThat(stamps.isUnchanged(hash(each), before[each]))
                    .as("stripe %d", each)
                    .isEqualTo(!within);
        }
    }

    /** What must hold whenever the writer is between changes. */
    static void assertNothingIsChanging(Arena arena) {
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            assertThat(RawMemory.readLong(arena.base() + ArenaDescriptor.STAMPS_OFFSET + stripe * 8L))
                    .as("stamp of stripe %d", stripe)
                    .isEven();
        }
    }

    private static long hash(long stripe) {
        return (stripe << 54) + 12_345;
    }
}
