package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CompanyTest {
    private static final long FORCE = TimeUnit.MICROSECONDS.toNanos(800);
    private static final int UNTIL_THE_MEAN_IS_THERE = 100;

    private final Company company = new Company();
    private final Connection first = connection();
    private final Connection second = connection();
    private final Connection third = connection();
    private long now;

    @Test
    void aRoundWaitsForThoseThatWereAnsweredLast() {
        answer(first, second);
        come(first);
        assertThat(company.isAwaited(now)).isTrue();
        come(second);
        assertThat(company.isAwaited(now)).isFalse();
    }

    @Test
    void aClientAloneNeverWaits() {
        answer(first);
        come(first);
        assertThat(company.isAwaited(now)).isFalse();
    }

    @Test
    void whoComesAnewOrTwiceIsNoneOfThose() {
        answer(first, second);
        come(third);
        come(first);
        come(first);
        assertThat(company.isAwaited(now)).isTrue();
    }

    @Test
    void oneThatSentTwoRequestsIsAwaitedOnce() {
        answer(first, first);
        come(first);
        assertThat(company.isAwaited(now)).isFalse();
    }

    @Test
    void aClientThatSendsNothingMoreKeepsNobodyWaiting() {
        answer(first, second);
        come(first);
        now += FORCE / 2;
        assertThat(company.isAwaited(now)).isFalse();
        answer(first);
        come(first);
        assertThat(company.isAwaited(now)).isFalse();
    }

    @Test
    void aRoundGrowsForTheTimeOfTwoForcesAtMost() {
        Connection[] connections = new Connection[100];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = connection();
        }
        answer(connections);
        long begin = now;
        int came = 0;
        while (company.isAwaited(now)) {
            come(connections[came++]);
            now += FORCE / 10;
        }
        assertThat(came).isGreaterThan(15);
        assertThat(now - begin).isLessThanOrEqualTo(2 * FORCE);
    }

    @Test
    void nobodyWaitsBeforeTheFirstForceOrAfterADeviceThatStalls() {
        assertThat(company.isAwaited(now)).isFalse();
        for (int i = 0; i < UNTIL_THE_MEAN_IS_THERE; i++) {
            company.answered(List.of(first, second), TimeUnit.SECONDS.toNanos(30), now);
        }
        come(first);
        now += TimeUnit.MILLISECONDS.toNanos(5);
        assertThat(company.isAwaited(now)).isFalse();
    }

    private static Connection connection() {
        return new Connection(null, null, null);
    }

    private void come(Connection connection) {
        company.came(connection, now);
    }

    private void answer(Connection... connections) {
        for (int i = 0; i < UNTIL_THE_MEAN_IS_THERE; i++) {
            company.answered(List.of(connections), FORCE, now);
        }
    }
}
