package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A log that the state machine cannot follow is damaged: no error of a replay is swallowed. */
@Tag("R25")
class RefusedReplayTest {
    @Test
    void anEventThatCannotBeAppliedIsDamageAtItsFrame() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("a", "1");
            log.append("b", "2");
            log.append("c", "3");
        }

        RecoveryReport report = TestLogs.examine(storage, (sequence, timestamp, record) -> {
            if (sequence == 2) {
                throw new IllegalStateException("the state contradicts the event");
            }
        });

        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThat(report.description()).isEqualTo("the state contradicts the event");
        assertThat(report.lastSequence()).isEqualTo(1);
    }
}
