package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every small damage at every place: a scan keeps all but the damaged frame, and finds a problem whenever opening
 * does.
 */
@Tag("R11")
class DamageScanDamageTest {
    private static final String FIRST = "0000000001.wal";

    private final SimulatedStorage storage = new SimulatedStorage();
    private List<Event> written;
    /** Where each frame begins, and where the last one ends. */
    private List<Integer> bounds;

    private byte[] whole;

    /** One segment, frames of one to three events, and the mark of a clean close. */
    private void writeLog(int batches) throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            for (int i = 0; i < batches; i++) {
                for (int j = 0; j <= i % 3; j++) {
                    log.publish("key-" + i, "v".repeat((i + j) * 7 % 50));
                }
                log.handle();
            }
            log.closeCleanly();
            written = log.acknowledged();
        }
        whole = storage.bytes(FIRST);
        bounds = bounds(whole, TestLogs.endOf(storage, FIRST));
    }

    @Test
    @Tag("R3")
    void everyFlippedBitCostsAtMostTheFrameThatItIsIn() throws IOException {
        writeLog(TestScale.choose(3, 24));
        int end = bounds.get(bounds.size() - 1);
        int behind = TestScale.choose(4_001, 1);
        int bits = 0;
        for (int bit = 0; bit < whole.length * 8; bit += bit < end * 8 ? 1 : behind) {
            storage.flipBit(FIRST, bit);
            ScannedLog scanned = scan("bit " + bit);
            assertKeptAllBut(bit / 8, bit / 8 + 1, scanned, "bit " + bit);
            assertThat(scanned.problems()).as("bit %d", bit).isNotEmpty();
            storage.flipBit(FIRST, bit);
            bits++;
        }
        TestScale.report("scan-flipped-bits", "%,d bits flipped one at a time", bits);
    }

    @Test
    void everyZeroedSectorCostsOnlyTheFramesThatItTouches() throws IOException {
        writeLog(24);
        for (int from = 0; from < whole.length; from += SimulatedStorage.SECTOR_LENGTH) {
            byte[] damaged = whole.clone();
            int to = from + SimulatedStorage.SECTOR_LENGTH;
            Arrays.fill(damaged, from, to, (byte) 0);
            storage.put(FIRST, damaged);
            assertKeptAllBut(from, to, scan("sector at " + from), "sector at " + from);
        }
    }

    @Test
    void aLogCutAtAnyByteKeepsTheFramesBefore() throws IOException {
        writeLog(24);
        for (int length = 0; length <= bounds.get(bounds.size() - 1) + 16; length++) {
            storage.put(FIRST, Arrays.copyOf(whole, length));
            ScannedLog scanned = scan("cut at " + length);
            assertKeptAllBut(
                    length < SegmentDescriptor.HEADER_LENGTH ? 0 : length, whole.length, scanned, "cut at " + length);
        }
    }

    @Test
    void whereOpeningFindsALogWholeAScanFindsNoProblemAndTheOtherWayRound() throws IOException {
        writeLog(24);
        int rounds = TestScale.choose(500, 30_000);
        int damaged = 0;
        for (int seed = 0; seed < rounds; seed++) {
            storage.put(FIRST, damaged(SimulatedStorage.randomOf(seed)));
            boolean sound = TestLogs.examine(storage).verdict() == RecoveryReport.Verdict.SOUND;
            ScannedLog scanned = scan("seed " + seed);
            assertThat(scanned.problems().isEmpty()).as("seed %d", seed).isEqualTo(sound);
            assertThat(scanned.report.events()).as("seed %d", seed).isEqualTo(scanned.events.size());
            assertThat(scanned.events)
                    .as("seed %d", seed)
                    .isEqualTo(written.stream().filter(scanned.events::contains).toList());
            damaged += sound ? 0 : 1;
        }
        assertThat(damaged).isGreaterThan(rounds / 3);
    }

    /** Some pieces overwritten with zeros, noise, or other pieces of the same log, or the end cut off. */
    private byte[] damaged(Random random) {
        byte[] bytes = whole.clone();
        int end = bounds.get(bounds.size() - 1);
        for (int i = random.nextInt(4); i > 0; i--) {
            int length = 1 + random.nextInt(100);
            int at = random.nextInt(end - length);
            switch (random.nextInt(4)) {
                case 0 -> Arrays.fill(bytes, at, at + length, (byte) 0);
                case 1 -> System.arraycopy(noise(random, length), 0, bytes, at, length);
                case 2 -> {
                    int frame = random.nextInt(bounds.size() - 1);
                    int frameLength = bounds.get(frame + 1) - bounds.get(frame);
                    int target = bounds.get(random.nextInt(bounds.size()));
                    System.arraycopy(whole, bounds.get(frame), bytes, target, frameLength);
                }
                default -> bytes = Arrays.copyOf(Arrays.copyOf(bytes, at), bytes.length);
            }
        }
        return bytes;
    }

    private static byte[] noise(Random random, int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    private ScannedLog scan(String damage) {
        storage.clearOperations();
        try {
            return ScannedLog.of(storage);
        } catch (IOException | RuntimeException e) {
            return fail(damage, e);
        }
    }

    /** Everything is there but for the frames that have a byte from {@code from} to {@code to}. */
    private void assertKeptAllBut(int from, int to, ScannedLog scanned, String damage) {
        List<Event> expected = new ArrayList<>();
        int event = 0;
        for (int frame = 0; frame + 1 < bounds.size(); frame++) {
            int counted = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(bounds.get(frame) + 4);
            int count = counted & ~FrameDescriptor.FOLLOWS_FORCED;
            if (bounds.get(frame + 1) <= from || bounds.get(frame) >= to) {
                expected.addAll(written.subList(event, event + count));
            }
            event += count;
        }
        if (!scanned.events.equals(expected)) {
            assertThat(scanned.events).as(damage).isEqualTo(expected);
        }
    }

    private static List<Integer> bounds(byte[] segment, int end) {
        List<Integer> bounds = new ArrayList<>(List.of(SegmentDescriptor.HEADER_LENGTH));
        for (int at = bounds.get(0); at < end; ) {
            at += ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
            bounds.add(at);
        }
        return bounds;
    }
}
