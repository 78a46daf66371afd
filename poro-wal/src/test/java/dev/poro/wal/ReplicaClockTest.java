package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R37")
class ReplicaClockTest {
    private final AtomicLong nanos = new AtomicLong();
    private final ReplicaClock clock = new ReplicaClock(nanos::get, 1_000);

    @Test
    void beginsAtTheLastFrameAndStandsStillBetweenMessages() {
        assertThat(clock.forReaders()).isEqualTo(1_000);
        assertThat(clock.now()).isEqualTo(1_000);
        nanos.set(5_000_000_000L);
        assertThat(clock.now()).isEqualTo(1_000);
        assertThat(clock.wallMillis()).isEqualTo(1_000);
        assertThat(clock.nanos()).isEqualTo(5_000_000_000L);
        assertThat(clock.forReaders()).isEqualTo(1_000);
    }

    @Test
    void readersSeeTheTimeOfAMessageBeforeItsFrameHasIt() {
        assertThat(clock.advance(1_007)).isEqualTo(1_007);
        assertThat(clock.forReaders()).isEqualTo(1_007);
        assertThat(clock.now()).isEqualTo(1_000);
        clock.begin(1_007);
        assertThat(clock.now()).isEqualTo(1_007);
    }

    @Test
    void aMessageThatIsEarlierHasTheTimeOfTheOneBefore() {
        clock.advance(1_007);
        assertThat(clock.advance(1_003)).isEqualTo(1_007);
        assertThat(clock.forReaders()).isEqualTo(1_007);
    }
}
