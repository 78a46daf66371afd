package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.RecordDescriptor;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** R9: a tail that was cut stays cut, also where the force of its zeros failed and nobody ever says so again. */
@Tag("R9")
class ReopenedTailTest {
    private static final String FIRST = "0000000001.wal";
    private static final int SECTOR = SimulatedStorage.SECTOR_LENGTH;
    private static final int SECTORS = 10;
    private static final int KEPT = 4;
    private static final String KEY = "a key";
    private static final int SEEDS = 200;

    private final SimulatedStorage storage = new SimulatedStorage();

    /** Also where the tail follows the mark of a clean close, behind which the zeros had been forced once. */
    @ParameterizedTest
    @CsvSource({"ALWAYS, false", "ALWAYS, true", "EVERYSEC, false", "EVERYSEC, true", "OS, false", "OS, true"})
    void noFrameOfATailThatWasCutFollowsThoseWrittenLater(SyncPolicy policy, boolean isBehindMark) throws IOException {
        List<Event> kept = writeWithATornTail(isBehindMark);
        storage.fail(("force " + FIRST)::equals, 1, SimulatedStorage.IO_ERROR);
        assertThatIOException().isThrownBy(() -> open(storage, policy));
        storage.restart();

        TestLog log = open(storage, policy);
        assertThat(log.replayed()).isEqualTo(kept);
        append(log, SECTOR, 'n');
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

    /** Ten sectors of frames, the fifth torn. No frame says that any was forced. Returns what is before it. */
    private List<Event> writeWithATornTail(boolean isBehindMark) throws IOException {
        TestLog log = open(storage, SyncPolicy.OS);
        append(log, SECTOR - SegmentDescriptor.HEADER_LENGTH, 'o'); // the header begins the first sector
        for (int i = 2; i < KEPT; i++) {
            append(log, SECTOR, 'o');
        }
        append(log, isBehindMark ? SECTOR - FrameDescriptor.markFrameLength(0) : SECTOR, 'o');
        if (isBehindMark) {
            log.closeCleanly();
            log.close();
            log = open(storage, SyncPolicy.OS);
        }
        List<Event> kept = log.all();
        for (int i = KEPT; i < SECTORS; i++) {
            append(log, SECTOR, 'o');
        }
        byte[] bytes = storage.bytes(FIRST);
        bytes[(KEPT + 1) * SECTOR - 1] ^= 1;
        log.kill(storage);
        storage.put(FIRST, bytes);
        return kept;
    }

    /** A frame of so many bytes. */
    private static void append(TestLog log, int frameLength, char value) {
        int length = frameLength - FrameDescriptor.HEADER_LENGTH - RecordDescriptor.HEADER_LENGTH - KEY.length();
        log.append(KEY, String.valueOf(value).repeat(length));
    }

    private static TestLog open(SimulatedStorage disk, SyncPolicy policy) throws IOException {
        return TestLog.open(disk, TestLog.settings(policy), new SteppedWorkers());
    }
}
