package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each read of an opening fails once: that is never the end of the log, wherever it is. */
@Tag("R12")
class ReadErrorTest {
    @Test
    void aLogIsOpenedCompletelyOrNotAtAll() throws IOException {
        SimulatedStorage whole = new SimulatedStorage();
        List<Event> written;
        try (TestLog log = TestLog.open(whole, SyncPolicy.ALWAYS)) {
            written = log.appendMany(35, 1_000).acknowledged();
        }
        whole.clearOperations();
        TestLog.open(whole, SyncPolicy.ALWAYS).close();
        int reads = (int) whole.operations().stream()
                .filter(SimulatedStorage.startingWith("read "))
                .count();
        assertThat(reads).isGreaterThan(9);
        for (int nth = 1; nth <= reads; nth++) {
            SimulatedStorage failing = whole.copy();
            failing.fail(SimulatedStorage.startingWith("read "), nth, SimulatedStorage.IO_ERROR);

            Throwable failure = catchThrowable(() -> TestLog.open(failing, SyncPolicy.ALWAYS));

            assertThat(failure).as("read %d", nth).isInstanceOf(IOException.class);
            assertThat(failure).as("read %d", nth).hasMessageContaining(SimulatedStorage.IO_ERROR);
            try (TestLog log = TestLog.open(failing, TestLog.strict(SyncPolicy.ALWAYS))) {
                assertThat(log.replayed()).as("after read %d", nth).isEqualTo(written);
            }
        }
    }
}
