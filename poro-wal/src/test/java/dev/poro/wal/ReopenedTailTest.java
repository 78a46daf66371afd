package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** R9: a tail that was cut stays cut, also where the force of its zeros failed and nobody ever says so again. */
@Tag("R9")
class ReopenedTailTest {
    private static final String FIRST = "0000000001.wal";
    private static final int SECTOR = SimulatedStorage.SECTOR_LENGTH;
    private static final int KEPT = 4;
    private static final int SEEDS = 200;

    private final SimulatedStorage storage = new SimulatedStorage();

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void noFrameOfATailThatWasCutFollowsThoseWrittenLater(SyncPolicy policy) throws IOException {
        List<Event> kept = writeWithATornTail();
        storage.fail(SimulatedStorage.startingWith("force " + FIRST), 1, SimulatedStorage.IO_ERROR);
        assertThatIOException().isThrownBy(() -> open(storage, policy));
        storage.restart();

        TestLog log = open(storage, policy);
        assertThat(log.replayed()).isEqualTo(kept);
        appendSector(log, KEPT + 1, 'n');
        assertThat(log.acknowledged()).hasSize(1);

        for (long seed = 0; seed < SEEDS; seed++) {
            SimulatedStorage after = storage.powerCut(seed);
            try (TestLog reopened = open(after, SyncPolicy.ALWAYS)) {
                assertThat(reopened.replayed())
                        .as("seed %d", seed)
                        .isSubsetOf(log.all())
                        .containsAll(kept);
            }
            after.release();
        }
        log.close();
    }

    /** Ten frames of a sector each, the fifth torn. No frame says that any was forced. Returns what is before it. */
    private List<Event> writeWithATornTail() throws IOException {
        SteppedWorkers workers = new SteppedWorkers();
        TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.OS), workers);
        for (int i = 1; i <= 10; i++) {
            appendSector(log, i, 'o');
        }
        byte[] bytes = storage.bytes(FIRST);
        bytes[(KEPT + 1) * SECTOR - 1] ^= 1;
        log.kill(storage);
        storage.put(FIRST, bytes);
        return log.acknowledged().subList(0, KEPT);
    }

    /** The first frame fills up the sector that the header of the segment begins. */
    private static void appendSector(TestLog log, int nth, char value) {
        int frame = nth == 1 ? SECTOR - SegmentDescriptor.HEADER_LENGTH : SECTOR;
        String key = "key-" + (10 + nth);
        int length = frame - FrameDescriptor.HEADER_LENGTH - 8 - key.length();
        log.append(key, String.valueOf(value).repeat(length));
    }

    private static TestLog open(SimulatedStorage disk, SyncPolicy policy) throws IOException {
        return TestLog.open(disk, TestLog.settings(policy), new SteppedWorkers());
    }
}
