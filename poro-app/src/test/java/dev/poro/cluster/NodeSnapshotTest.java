package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.Test;

/** With it: {@link Fences}. */
class NodeSnapshotTest {
    private final ClusterTime time = new ClusterTime();
    private final Fences fences = new Fences();
    private final NodeSnapshot snapshot = new NodeSnapshot(1, 2, 3, 4, 5, -6);
    private final MutableDirectBuffer buffer = NodeSnapshot.newBuffer();

    @Test
    void holdsAllThatOneNodeMustHaveInCommonWithTheOthers() {
        time.next(2, 1_700_000_000_000L);
        fences.raise(0, new Fences.Fence(11, 1, "höst", 6_379));
        fences.raise(2, new Fences.Fence(12, 7, "", 0));
        snapshot.encode(buffer, time, fences);
        ClusterTime otherTime = new ClusterTime();
        Fences otherFences = new Fences();

        assertThat(NodeSnapshot.decode(buffer, 0, otherTime, otherFences)).isEqualTo(snapshot);

        assertThat(otherTime.millis()).isEqualTo(time.millis());
        assertThat(otherFences.of(0)).isEqualTo(fences.of(0));
        assertThat(otherFences.of(1)).isNull();
        assertThat(otherFences.of(2)).isEqualTo(fences.of(2));
    }

    @Test
    void refusesAnotherVersion() {
        snapshot.encode(buffer, time, fences);
        buffer.putInt(0, 2, MessageDescriptor.ORDER);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeSnapshot.decode(buffer, 0, time, fences))
                .withMessageContaining("version 2");
    }

    @Test
    void onlyMessagesOfTheLastFenceCount() {
        fences.raise(1, new Fences.Fence(11, 1, "", 0));
        assertThat(fences.admits(1, 11, 1)).isTrue();
        fences.raise(1, new Fences.Fence(11, 2, "", 0));
        assertThat(fences.admits(1, 11, 1)).as("of the epoch before").isFalse();
        assertThat(fences.admits(1, 11, 2)).isTrue();
        assertThat(fences.admits(1, 12, 2)).as("of another process").isFalse();
        assertThat(fences.admits(0, 11, 2)).as("of another node").isFalse();
    }
}
