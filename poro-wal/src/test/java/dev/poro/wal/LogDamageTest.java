package dev.poro.wal;

import static dev.poro.wal.DamagedLog.FIRST;
import static dev.poro.wal.DamagedLog.REFUSED;
import static dev.poro.wal.DamagedLog.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.poro.events.TestScale;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damage of every kind at every place of a log that was forced and closed: opening refuses, or it replays what was
 * written. Only the very last frame, which nothing behind it can prove, may be missing.
 */
@Tag("R3")
@Tag("R4")
@Tag("R7")
@Tag("R8")
class LogDamageTest {
    private static final int THREADS = 2;
    private static final Duration FLIPPING = Duration.ofMinutes(2);
    /** Of the second segment, every so many bits are flipped; meets each bit of a byte. */
    private static final int SECOND_STEP = TestScale.choose(11, 1);

    private static final int IN_THE_REST_OF_THE_FIRST = TestScale.choose(1_500, Integer.MAX_VALUE);
    private static final int BITS = DamagedLog.SEGMENT_LENGTH * Byte.SIZE;
    private static final int STEP = TestScale.choose(3, 1);
    private static final int HEADER_BITS = SegmentDescriptor.HEADER_LENGTH * Byte.SIZE;
    /** Prime, so that its multiples meet every bit once, and bits far from each other one after the other. */
    private static final int STRIDE = 104_729;

    @Test
    void everyFlippedBitIsRefusedUnlessItIsInTheLastFrameOrBehind() throws IOException {
        DamagedLog log = DamagedLog.write(1);
        int inSecond = log.second().length * Byte.SIZE / SECOND_STEP;
        int flips = HEADER_BITS + inSecond + Math.min(IN_THE_REST_OF_THE_FIRST, BITS - HEADER_BITS);
        long deadline = TestScale.deadlineAfter(FLIPPING);
        AtomicInteger next = new AtomicInteger();
        AtomicInteger flipped = new AtomicInteger();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < THREADS; i++) {
            DamagedLog mine = log.copy();
            threads.add(CompletableFuture.runAsync(() -> {
                for (int nth = next.getAndIncrement();
                        nth < flips && !(TestScale.ENABLED && nth >= HEADER_BITS && System.nanoTime() >= deadline);
                        nth = next.getAndIncrement()) {
                    flip(mine, nth, inSecond);
                    flipped.incrementAndGet();
                }
            }));
        }
        threads.forEach(CompletableFuture::join);
        double micros = (System.nanoTime() - start) * THREADS / 1e3 / flipped.get();
        TestScale.report(
                "flipped-bits",
                "%d of %d bits of a log, %.0f us each on each of %d threads",
                flipped.get(),
                BITS + log.second().length * Byte.SIZE,
                micros,
                THREADS);
        assertThat(flipped.get()).isGreaterThanOrEqualTo(HEADER_BITS);
    }

    /** The header of the first segment, then the whole second segment, then the rest of the first here and there. */
    private static void flip(DamagedLog log, int nth, int inSecond) {
        if (nth < HEADER_BITS) {
            flipInFirst(log, nth);
        } else if (nth < HEADER_BITS + inSecond) {
            flipInSecond(log, (long) (nth - HEADER_BITS) * SECOND_STEP);
        } else {
            long rest = (long) nth - HEADER_BITS - inSecond;
            flipInFirst(log, HEADER_BITS + rest * STRIDE % (BITS - HEADER_BITS));
        }
    }

    private static void flipInFirst(DamagedLog log, long bit) {
        String damage = "bit " + bit + " of " + FIRST;
        log.storage().flipBit(FIRST, bit);
        if (log.examine(damage) != REFUSED) {
            fail(damage + ": served");
        }
        log.storage().flipBit(FIRST, bit);
    }

    private static void flipInSecond(DamagedLog log, long bit) {
        String damage = "bit " + bit + " of " + SECOND;
        int end = log.lastFrame() + FrameDescriptor.markFrameLength(0);
        log.storage().flipBit(SECOND, bit);
        int served = log.examine(damage);
        int expected = bit / 8 < log.lastFrame() ? REFUSED : bit / 8 < end ? log.size() - 1 : log.size();
        if (served != expected) {
            fail(damage + ": served " + served + " instead of " + expected);
        }
        log.storage().flipBit(SECOND, bit);
    }

    @Test
    void aFirstSegmentCutAtAnyByteIsRefusedUnlessAllItsFramesAreThere() throws IOException {
        DamagedLog log = DamagedLog.write(2);
        byte[] whole = log.first();
        int end = DamagedLog.endOf(whole);
        for (int length = 0; length < whole.length; length += length < 128 ? 1 : TestScale.choose(31, 1)) {
            log.storage().put(FIRST, Arrays.copyOf(whole, length));
            assertServed(log, "cut at " + length, length < end ? REFUSED : log.size());
        }
    }

    @Test
    void aLastSegmentCutAtAnyByteIsServedUpToItsLastWholeFrame() throws IOException {
        DamagedLog log = DamagedLog.write(3);
        byte[] whole = log.second();
        for (int length = 0; length < whole.length; length++) {
            log.storage().put(SECOND, Arrays.copyOf(whole, length));
            int served = log.examine("cut at " + length);
            // With the file's end the proof is gone, too: what is cut off cannot be told from what was never written.
            assertThat(served == REFUSED).as("cut at %d", length).isEqualTo(length < SegmentDescriptor.HEADER_LENGTH);
            assertThat(served == log.size()).as("cut at %d", length).isEqualTo(length >= DamagedLog.endOf(whole));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void everyZeroedSectorOrPageIsRefusedUnlessItHoldsOnlyTheLastFrame(int length) throws IOException {
        DamagedLog log = DamagedLog.write(4);
        int inFirst = DamagedLog.endOf(log.first());
        for (int from = 0; from < DamagedLog.SEGMENT_LENGTH; from += length) {
            log.storage().put(FIRST, zeroed(log.first(), from, length));
            assertServed(log, "zeros at " + from, from < inFirst ? REFUSED : log.size());
        }
        log.restore();
        for (int from = 0; from < log.second().length; from += length) {
            log.storage().put(SECOND, zeroed(log.second(), from, length));
            int served = log.examine("zeros at " + from + " of the second");
            if (from + length <= log.lastFrame()) {
                assertThat(served).as("zeros at %d", from).isEqualTo(REFUSED);
            }
        }
    }

    private static byte[] zeroed(byte[] bytes, int from, int length) {
        Arrays.fill(bytes, from, Math.min(bytes.length, from + length), (byte) 0);
        return bytes;
    }

    @Test
    void anOldCopyOfASectorIsRefused() throws IOException {
        DamagedLog log = DamagedLog.write(5);
        for (int frame : DamagedLog.framesOf(log.first())) {
            // The sector as it was before this frame was written: the frame's beginning reads as zeros.
            int sectorEnd = (frame / 512 + 1) * 512;
            if (frame < DamagedLog.endOf(log.first())) {
                log.storage().put(FIRST, zeroed(log.first(), frame, sectorEnd - frame));
                assertServed(log, "old sector at " + frame, REFUSED);
            }
        }
    }

    @Test
    void aFrameInThePlaceOfAnotherIsRefused() throws IOException {
        DamagedLog log = DamagedLog.write(6);
        DamagedLog otherLog = DamagedLog.write(7);
        for (byte[] source : List.of(log.first(), log.second(), otherLog.first())) {
            List<Integer> sources = DamagedLog.framesOf(source);
            List<Integer> targets = DamagedLog.framesOf(log.first());
            for (int from = 0; from < sources.size() - 1; from++) {
                for (int to = from % STEP; to < targets.size() - 1; to += STEP) {
                    int at = targets.get(to);
                    int length = Math.min(sources.get(from + 1) - sources.get(from), log.first().length - at);
                    byte[] spliced = log.first();
                    System.arraycopy(source, sources.get(from), spliced, at, length);
                    boolean isItself = Arrays.equals(spliced, log.first());
                    log.storage().put(FIRST, spliced);
                    assertServed(log, from + " in the place of " + to, isItself ? log.size() : REFUSED);
                }
            }
        }
    }

    @Test
    void aFrameInThePlaceOfTheLastIsRefusedOrCutOff() throws IOException {
        DamagedLog log = DamagedLog.write(6);
        DamagedLog otherLog = DamagedLog.write(7);
        for (byte[] source : List.of(log.first(), log.second(), otherLog.second())) {
            List<Integer> sources = DamagedLog.framesOf(source);
            for (int from = 0; from < sources.size() - 1; from++) {
                byte[] spliced = log.second();
                int length = Math.min(sources.get(from + 1) - sources.get(from), spliced.length - log.lastFrame());
                System.arraycopy(source, sources.get(from), spliced, log.lastFrame(), length);
                log.storage().put(SECOND, spliced);
                int served = log.examine(from + " in the place of the last");
                assertThat(served).as("frame %d", from).isIn(REFUSED, log.size() - 1, log.size());
                assertThat(served == log.size()).as("frame %d", from).isEqualTo(Arrays.equals(spliced, log.second()));
            }
        }
    }

    @Test
    void framesThatChangedPlacesAreRefused() throws IOException {
        DamagedLog log = DamagedLog.write(8);
        List<Integer> frames = DamagedLog.framesOf(log.first());
        for (int one = 0; one < frames.size() - 2; one++) {
            for (int other = one + 1; other < frames.size() - 1; other += STEP) {
                byte[] swapped = swapped(log.first(), frames, one, other);
                log.storage().put(FIRST, swapped);
                assertServed(log, one + " and " + other + " swapped", REFUSED);
            }
        }
    }

    private static byte[] swapped(byte[] segment, List<Integer> frames, int one, int other) {
        byte[] swapped = segment.clone();
        int at = frames.get(one);
        for (int frame = one; frame <= other; frame++) {
            int source = frame == one ? other : frame == other ? one : frame;
            int length = frames.get(source + 1) - frames.get(source);
            System.arraycopy(segment, frames.get(source), swapped, at, length);
            at += length;
        }
        return swapped;
    }

    @Test
    void aFrameThatIsThereTwiceOrNotAtAllIsRefused() throws IOException {
        DamagedLog log = DamagedLog.write(9);
        byte[] segment = log.first();
        List<Integer> frames = DamagedLog.framesOf(segment);
        for (int frame = 0; frame < frames.size() - 1; frame++) {
            int from = frames.get(frame);
            int to = frames.get(frame + 1);
            byte[] twice = log.first();
            System.arraycopy(segment, from, twice, to, segment.length - to);
            log.storage().put(FIRST, twice);
            assertServed(log, frame + " twice", REFUSED);

            byte[] without = Arrays.copyOf(segment, segment.length);
            System.arraycopy(segment, to, without, from, segment.length - to);
            log.storage().put(FIRST, without);
            assertServed(log, frame + " missing", REFUSED);
        }
    }

    @Test
    void segmentsThatChangedPlacesOrComeFromAnotherLogAreRefused() throws IOException {
        DamagedLog log = DamagedLog.write(10);
        DamagedLog other = DamagedLog.write(11);
        log.storage().put(FIRST, log.second());
        log.storage().put(SECOND, log.first());
        assertServed(log, "swapped", REFUSED);
        log.restore();
        log.storage().put(SECOND, other.second());
        assertServed(log, "of another log", REFUSED);
        log.restore();
        log.storage().put(SECOND, log.first());
        assertServed(log, "the first twice", REFUSED);
    }

    @Test
    void staleFramesBehindTheEndOfARecycledSegmentAreNoneOfIts() throws IOException {
        DamagedLog log = DamagedLog.write(12);
        DamagedLog other = DamagedLog.write(13);
        int end = DamagedLog.endOf(log.second());
        for (byte[] earlier : List.of(log.first(), other.first(), other.second())) {
            for (int frame : DamagedLog.framesOf(earlier)) {
                byte[] recycled = Arrays.copyOf(log.second(), DamagedLog.SEGMENT_LENGTH);
                int length = Math.min(earlier.length - frame, recycled.length - end);
                System.arraycopy(earlier, frame, recycled, end, length);
                log.storage().put(SECOND, recycled);
                assertServed(log, "stale frames from " + frame, log.size());
            }
        }
    }

    private static void assertServed(DamagedLog log, String damage, int expected) {
        int served = log.examine(damage);
        if (served != expected) {
            fail(damage + ": served " + served + " instead of " + expected);
        }
    }
}
