package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ClusterTimeTest {
    private static final long START = 1_700_000_000_000L;

    private final ClusterTime time = new ClusterTime();

    @Test
    void isThatOfTheLeadersClock() {
        assertThat(time.next(1, START)).isEqualTo(START);
        assertThat(time.next(1, START + 5)).isEqualTo(START + 5);
        assertThat(time.next(1, START + 5)).isEqualTo(START + 5);
        assertThat(time.next(1, START + 5_000)).isEqualTo(START + 5_000);
    }

    @Test
    void beginsNoEarlierThanTheContentsThatTheClusterBeginsWith() {
        time.begin(START + 3_600_000);
        assertThat(time.next(1, START)).isEqualTo(START + 3_600_000);
    }

    @Test
    void goesOnWhereItWasWhenTheNextLeadersClockIsBehind() {
        time.next(1, START);
        assertThat(time.next(2, START - 3_600_000)).isEqualTo(START);
        assertThat(time.next(2, START - 3_600_000 + 1_000)).as("half as fast").isEqualTo(START + 500);
        assertThat(time.next(2, START - 3_600_000 + 1_001)).isEqualTo(START + 500);
        assertThat(time.next(2, START - 3_600_000 + 1_002)).isEqualTo(START + 501);
    }

    @Test
    void letsNothingExpireEarlyInTheFirstMinuteOfALeaderWhoseClockIsAnHourAhead() {
        time.next(1, START);
        long hour = START + 3_600_000;
        assertThat(time.next(2, hour)).isEqualTo(START);
        assertThat(time.next(2, hour + 1)).isEqualTo(START + 1);
        assertThat(time.next(2, hour + 59_999)).isEqualTo(START + 59_999);
        assertThat(time.next(2, hour + 60_001)).as("it has lasted").isEqualTo(hour + 60_001);
    }

    @Test
    void isBackAtTheRightTimeIfAnotherLeadsWithinTheMinute() {
        time.next(1, START);
        time.next(2, START + 3_600_000);
        time.next(2, START + 3_600_000 + 30_000);
        assertThat(time.next(3, START + 30_500)).isEqualTo(START + 30_000);
        assertThat(time.next(3, START + 31_500)).as("it catches up").isEqualTo(START + 31_500);
    }

    /** That a clock is ahead for a minute is told by that clock alone. */
    @Test
    void theMinuteOfAClockThatIsAheadBeginsAgainWithTheNextLeader() {
        time.next(1, START - 3_600_000);
        time.next(2, START);
        time.next(2, START + 1_000);
        assertThat(time.next(3, START + 3_600_000)).isEqualTo(START - 3_600_000 + 1_000);
        assertThat(time.next(3, START + 3_600_000 + 1_000)).isEqualTo(START - 3_600_000 + 2_000);
    }

    @Test
    void neverGoesBackAndIsRestoredFromASnapshot() {
        SplittableRandom random = new SplittableRandom(7);
        ClusterTime other = new ClusterTime();
        UnsafeBuffer snapshot = new UnsafeBuffer(new byte[ClusterTime.LENGTH]);
        long last = 0;
        for (int term = 0; term < 200; term++) {
            long clock = START + random.nextLong(-10_000_000, 10_000_000);
            for (int i = 0; i < 50; i++) {
                clock += random.nextInt(3_000);
                long now = time.next(term, clock);
                assertThat(now).isGreaterThanOrEqualTo(last);
                assertThat(other.next(term, clock)).isEqualTo(now);
                last = now;
            }
            time.encode(snapshot, 0);
            other = new ClusterTime();
            other.decode(snapshot, 0);
            assertThat(other.millis()).isEqualTo(time.millis());
        }
    }
}
