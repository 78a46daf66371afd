package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** R20: the next segment is asked for early enough, and not for nothing. */
@Tag("R20")
@Timeout(30)
class LogWriterTest {
    /** Two of them fit into a segment, and one takes less than half of it. */
    private static final String VALUE = "v".repeat(6_000);

    private final SimulatedStorage storage = new SimulatedStorage();

    @Test
    void aFastWriterHasItsNextSegmentPreparedAtOnce() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.OS)) {
            appendUpToTheThirdSegment(log, 249);
            TestLogs.await(() -> hasMade("0000000004.wal"));
        }
        assertThat(storage.list()).doesNotContain("0000000004.wal");
    }

    @Test
    void aSlowWriterHasItPreparedWhenHalfOfTheSegmentIsFull() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.OS)) {
            appendUpToTheThirdSegment(log, 600);
            assertThat(hasMade("0000000004.wal")).isFalse();
            log.append("half", VALUE);
            TestLogs.await(() -> hasMade("0000000004.wal"));
        }
    }

    private void appendUpToTheThirdSegment(TestLog log, long millisBetween) {
        for (int i = 0; i < 5; i++) {
            log.append("key-" + i, VALUE);
            storage.advanceClock(millisBetween);
        }
    }

    private boolean hasMade(String segment) {
        return storage.operations().contains("map " + segment + " 16384");
    }
}
