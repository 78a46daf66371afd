package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemberProgressTest {
    private static final long LIMIT = 1_000;

    private final MemberProgress progress = new MemberProgress(ClusterMembers.parse("1=h:1000,4=h:2000,7=h:3000"), 4);

    @Test
    void theSlowestOtherNodeDecides() {
        progress.heard(1, 600);
        assertThat(progress.needed(700, LIMIT))
                .as("of node 7, nothing is known")
                .isZero();

        progress.heard(7, 650);
        progress.heard(4, 300);
        assertThat(progress.needed(700, LIMIT)).isEqualTo(600);
    }

    @Test
    void aNodeThatIsAwayForEverDoesNotFillTheDisk() {
        progress.heard(1, 5_000);
        assertThat(progress.needed(5_000, LIMIT)).isEqualTo(4_000);
    }

    /** Not only where this node has begun: it may be that all nodes begin again while one is away. */
    @Test
    void whatANodeThatWasNotHeardMayNeedIsKeptUpToTheLimit() {
        progress.heard(1, 90_000);
        assertThat(progress.needed(90_000, LIMIT)).isEqualTo(89_000);
    }

    @Test
    void aNodeThatIsNoMemberIsNotHeard() {
        progress.heard(2, 600);
        progress.heard(8, 600);
        assertThat(progress.needed(600, LIMIT)).isZero();
    }

    @Test
    void aNodeAloneNeedsNothingForOthers() {
        MemberProgress alone = new MemberProgress(ClusterMembers.parse("0=h:1000"), 0);
        assertThat(alone.needed(600, LIMIT)).isEqualTo(600);
    }
}
