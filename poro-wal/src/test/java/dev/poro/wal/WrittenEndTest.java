package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is being written is not taken for damage, nor damage for what is being written. */
@Tag("R35")
class WrittenEndTest {
    private static final String NAME = SegmentDescriptor.nameOf(1);
    private static final int START = SegmentDescriptor.START_OFFSET;

    private final SimulatedStorage storage = new SimulatedStorage();
    private final SegmentBuilder segment = new SegmentBuilder().start(1).frame(1, 0, "first");
    private final int second = segment.end();

    @Test
    void isBehindTheLastFrame() throws IOException {
        storage.put(NAME, segment.bytes());

        assertThat(end()).isEqualTo(new WrittenEnd(second, true));

        assertThat(pauses()).isZero();
    }

    /** A store into a mapping has the length last; a write may have any part of it first. */
    @ParameterizedTest
    @ValueSource(strings = {"no length", "no body", "half a header"})
    void isBeforeAFrameThatIsCompleteWhenOneLooksAgain(String missing) throws IOException {
        byte[] complete = segment.frame(2, 1, "second", "third").bytes();
        storage.put(NAME, without(missing, complete));
        completeAt("pause", complete);

        assertThat(end()).isEqualTo(new WrittenEnd(second, true));

        assertThat(pauses()).isEqualTo(1);
    }

    /** Between two looks, the frame becomes whole and others follow: no pause tells that it was being written. */
    @ParameterizedTest
    @ValueSource(strings = {"no length", "no body", "half a header"})
    void isBeforeAFrameThatIsFollowedByThen(String missing) throws IOException {
        byte[] incomplete =
                without(missing, segment.frame(2, 1, "second", "third").bytes());
        storage.put(NAME, incomplete);
        byte[] complete = segment.frame(4, 3, "fourth").bytes();
        int[] reads = new int[1];
        storage.beforeEach(operation -> {
            if (operation.startsWith("read " + NAME) && ++reads[0] == 3) {
                overwrite(complete);
            }
        });

        assertThat(end()).isEqualTo(new WrittenEnd(second, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"no length", "no body", "half a header"})
    void isBehindTheLastFrameAlthoughNobodyCompletesIt(String missing) throws IOException {
        storage.put(
                NAME, without(missing, segment.frame(2, 1, "second", "third").bytes()));

        assertThat(end().offset()).isBetween(segment.end() - 7L, (long) segment.end());

        assertThat(pauses()).isEqualTo(20);
        RecoveryReport found = examine();
        assertThat(found.verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
        assertThat(found.lastSequence()).isEqualTo(1);
    }

    /** Its writer went on after all, when nobody looked any more: later frames do not make damage of it. */
    @Test
    void hidesWhatIsWrittenWhenNobodyLooksAnyMore() throws IOException {
        byte[] incomplete =
                without("no body", segment.frame(2, 1, "second", "third").bytes());
        storage.put(NAME, incomplete);
        byte[] complete = segment.frame(4, 3, "fourth").bytes();

        try (LogView view = LogView.of(storage)) {
            overwrite(complete);

            RecoveryReport found = TestLogs.examine(view);
            assertThat(found.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(found.lastSequence()).isEqualTo(3);
        }
    }

    /** Its writer has moved on: that it is incomplete still is damage, and the log ends behind it. */
    @ParameterizedTest
    @ValueSource(strings = {"no length", "no body", "half a header"})
    void isBehindDamageThatOthersFollow(String missing) throws IOException {
        byte[] damaged = without(
                missing,
                segment.frame(2, 1, "second", "third").frame(4, 3, "fourth").bytes());
        storage.put(NAME, damaged);

        assertThat(end()).isEqualTo(new WrittenEnd(segment.end(), true));

        assertThat(pauses()).isZero();
        assertThat(examine().verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
    }

    @Test
    void isBeforeASegmentThatIsBeingStarted() throws IOException {
        byte[] started = segment.bytes();
        byte[] torn = started.clone();
        Arrays.fill(torn, START + 4, START + 64, (byte) 0);
        torn[START] = 1;
        storage.put(NAME, torn);
        completeAt("pause", started);

        assertThat(end()).isEqualTo(new WrittenEnd(SegmentDescriptor.IDENTITY_LENGTH, false));
    }

    @Test
    void isNotInASegmentThatIsUnused() throws IOException {
        storage.put(NAME, new SegmentBuilder().bytes());

        assertThat(end()).isEqualTo(new WrittenEnd(SegmentDescriptor.IDENTITY_LENGTH, false));
    }

    @Test
    void isNotBeforeTheFramesOfASegmentThatHasLostItsStart() throws IOException {
        byte[] lost = segment.bytes();
        Arrays.fill(lost, START, START + 64, (byte) 0);
        storage.put(NAME, lost);

        assertThat(end().isOfLog()).isFalse();
        assertThat(examine().description()).contains("no first sequence, but is not empty");
    }

    @Test
    void isOpenIfASegmentCannotBeRecognised() throws IOException {
        segment.putInt(0, 0);
        storage.put(NAME, segment.bytes());

        assertThat(end()).isEqualTo(new WrittenEnd(WrittenEnd.OPEN, false));
    }

    private byte[] without(String missing, byte[] complete) {
        byte[] incomplete = complete.clone();
        switch (missing) {
            case "no length":
                Arrays.fill(incomplete, second, second + 4, (byte) 0);
                break;
            case "no body":
                Arrays.fill(incomplete, second + 48, second + 72, (byte) 0);
                break;
            case "half a header":
                Arrays.fill(incomplete, second + 16, second + 72, (byte) 0);
                break;
            default:
                throw new AssertionError(missing);
        }
        return incomplete;
    }

    private void completeAt(String when, byte[] complete) {
        storage.beforeEach(operation -> {
            if (operation.equals(when)) {
                overwrite(complete);
            }
        });
    }

    /** In place, as a writer does whose file others have open. */
    private void overwrite(byte[] contents) {
        byte[] before = storage.bytes(NAME);
        for (int at = 0; at < contents.length; at++) {
            int changed = (before[at] ^ contents[at]) & 0xff;
            for (int bit = 0; changed != 0 && bit < 8; bit++) {
                if ((changed & 1 << bit) != 0) {
                    storage.flipBit(NAME, 8L * at + bit);
                }
            }
        }
    }

    private WrittenEnd end() throws IOException {
        try (StorageFile file = storage.openReadOnly(NAME)) {
            return WrittenEnd.of(file, NAME, storage);
        }
    }

    private RecoveryReport examine() throws IOException {
        try (LogView view = LogView.of(storage)) {
            return TestLogs.examine(view);
        }
    }

    private long pauses() {
        return storage.operations().stream().filter("pause"::equals).count();
    }
}
