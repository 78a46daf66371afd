package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.cluster.Fences.Fence;
import org.junit.jupiter.api.Test;

class FencesTest {
    private static final long INCARNATION = 7;

    private final Fences fences = new Fences();

    @Test
    void admitTheMessagesOfTheLastEpochAlone() {
        assertThat(fences.admits(1, INCARNATION, 1)).isFalse();

        fences.raise(1, fence(INCARNATION, 1));
        fences.raise(1, fence(INCARNATION, 2));

        assertThat(fences.admits(1, INCARNATION, 1)).isFalse();
        assertThat(fences.admits(1, INCARNATION, 2)).isTrue();
        assertThat(fences.admits(2, INCARNATION, 2)).isFalse();
    }

    /** What the network held back of a connection before comes after the fence of the next one. */
    @Test
    void areNotLoweredByOneThatComesLate() {
        fences.raise(1, fence(INCARNATION, 2));
        fences.raise(1, fence(INCARNATION, 1));

        assertThat(fences.admits(1, INCARNATION, 1)).isFalse();
        assertThat(fences.admits(1, INCARNATION, 2)).isTrue();
    }

    @Test
    void beginAnewWithTheNode() {
        fences.raise(1, fence(INCARNATION, 5));
        fences.raise(1, fence(INCARNATION + 1, 1));

        assertThat(fences.admits(1, INCARNATION, 5)).isFalse();
        assertThat(fences.admits(1, INCARNATION + 1, 1)).isTrue();
    }

    private static Fence fence(long incarnation, int epoch) {
        return new Fence(incarnation, epoch, "127.0.0.1", 6379);
    }
}
