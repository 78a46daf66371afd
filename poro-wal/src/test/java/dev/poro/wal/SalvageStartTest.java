package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SalvageStartTest {
    private final SimulatedStorage storage = new SimulatedStorage();
    private final List<String> calls = new ArrayList<>();
    private String name;

    @BeforeEach
    void takeSnapshot() throws IOException {
        TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers())
                .startSnapshots();
        log.appendMany(3, 30);
        name = log.log().takeSnapshot().file();
        log.close();
    }

    /** Notes what it is told, and fails in one of the calls. */
    private final class Visitor implements LogVisitor {
        private final String failing;

        Visitor(String failing) {
            this.failing = failing;
        }

        private void call(String call) throws IOException {
            calls.add(call);
            if (call.equals(failing)) {
                throw new IOException("of the test");
            }
        }

        @Override
        public void onSnapshot(SnapshotReport snapshot) throws IOException {
            call("begin");
        }

        @Override
        public void onEntry(long sequence, RecordFlyweight record) throws IOException {
            call("entry");
        }

        @Override
        public void onSnapshotEnd() throws IOException {
            call("end");
        }

        @Override
        public void onSnapshotBroken() {
            calls.add("broken");
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            throw new AssertionError("a snapshot only");
        }
    }

    @Test
    void handsOnAWholeSnapshot() throws IOException {
        SalvageStart.handOn(storage, name, new Visitor("nothing"));

        assertThat(calls).containsExactly("begin", "entry", "entry", "entry", "end");
    }

    /** A thread of the visitor's may be using memory that is given back next. */
    @Test
    void tellsTheVisitorThatASnapshotDoesNotComeToItsEnd() {
        for (String failing : List.of("begin", "entry", "end")) {
            calls.clear();
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> SalvageStart.handOn(storage, name, new Visitor(failing)))
                    .withMessage("of the test");
            assertThat(calls).endsWith(failing, "broken");
        }
    }
}
