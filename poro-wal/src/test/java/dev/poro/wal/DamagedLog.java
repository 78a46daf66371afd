package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.FailStop;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A log of two segments on a simulated disk, to damage and to examine. The first, of 64 KiB, is full of frames of many
 * lengths; the second holds some more and the mark of a clean close. Everything was forced, batch by batch.
 */
final class DamagedLog {
    static final String FIRST = "0000000001.wal";
    static final String SECOND = "0000000002.wal";
    static final int SEGMENT_LENGTH = 64 << 10;

    /** What {@link #examine} answers if opening would refuse. */
    static final int REFUSED = -1;

    private static final int LAST_FRAMES = 5;
    private static final int MOST_OPERATIONS = 60;

    private final SimulatedStorage storage;
    private final WrittenLog written;
    private final byte[] first;
    private final byte[] second;
    private int examined;

    private DamagedLog(SimulatedStorage storage, WrittenLog written) {
        this.storage = storage;
        this.written = written;
        this.first = storage.bytes(FIRST);
        this.second = storage.bytes(SECOND);
    }

    /** Another log for each seed. */
    static DamagedLog write(long seed) throws IOException {
        SimulatedStorage storage = new SimulatedStorage(seed);
        WrittenLog written = new WrittenLog();
        Random random = SimulatedStorage.randomOf(seed);
        LogSettings settings = new LogSettings(SyncPolicy.ALWAYS, RecoveryMode.TAIL, SEGMENT_LENGTH);
        TestLog log = TestLog.open(storage, settings, new SteppedWorkers());
        for (int last = 0; last < LAST_FRAMES; ) {
            for (int records = random.nextInt(3); records >= 0; records--) {
                byte[] value = new byte[random.nextInt(8) == 0 ? 4_000 : random.nextInt(1_000)];
                random.nextBytes(value);
                written.addSet(value);
                log.publish(new byte[] {1, 2, 3}, value);
            }
            log.handle();
            boolean isInSecond = storage.names().contains(SECOND) && isStarted(storage.bytes(SECOND));
            last += isInSecond ? 1 : 0;
        }
        written.addMark();
        log.publishMark(EventType.CLEAN_CLOSE);
        log.handle();
        log.close();
        // The missing rest of a segment reads as zeros; this way there is less to read.
        byte[] bytes = storage.bytes(SECOND);
        storage.put(SECOND, Arrays.copyOf(bytes, endOf(bytes) + 2_048));
        return new DamagedLog(storage, written);
    }

    /** The same log, to be damaged by another thread. */
    DamagedLog copy() {
        return new DamagedLog(storage.copy(), written);
    }

    private static boolean isStarted(byte[] segment) {
        return SegmentDescriptor.HEADER_LENGTH < endOf(segment);
    }

    /** Where the frames of a whole segment begin, and last where they end. */
    static List<Integer> framesOf(byte[] segment) {
        ByteBuffer bytes = ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> offsets = new ArrayList<>();
        int at = SegmentDescriptor.HEADER_LENGTH;
        for (; at + Integer.BYTES <= segment.length && bytes.getInt(at) != 0; at += bytes.getInt(at)) {
            offsets.add(at);
        }
        offsets.add(at);
        return offsets;
    }

    static int endOf(byte[] segment) {
        List<Integer> frames = framesOf(segment);
        return frames.get(frames.size() - 1);
    }

    SimulatedStorage storage() {
        return storage;
    }

    byte[] first() {
        return first.clone();
    }

    byte[] second() {
        return second.clone();
    }

    /** Where the last frame of the log begins, in the second segment: the mark of the clean close. */
    int lastFrame() {
        return endOf(second) - FrameDescriptor.markFrameLength(0);
    }

    /** Events of the whole log. */
    int size() {
        return written.size();
    }

    /** Everything is as it was written. */
    void restore() {
        storage.put(FIRST, first);
        storage.put(SECOND, second);
    }

    /**
     * Examines the log as opening does, and returns how many events it would replay, or {@link #REFUSED}. Fails if
     * any is not what was written, or if anything is thrown that is not ours, or if it takes too many operations.
     */
    int examine(String damage) {
        storage.clearOperations();
        WrittenLog.Check check = written.check();
        RecoveryReport report;
        try {
            report = new LogCheck(
                            storage,
                            ReadPlan.withFirst(Segments.read(storage), StoreFile.Look.NONE),
                            check,
                            ReplayProgress.NONE)
                    .examine(RecoveryMode.TAIL);
        } catch (IOException | RuntimeException | Error e) {
            throw new AssertionError(damage + ": " + e, e);
        }
        if (storage.operationCount() > MOST_OPERATIONS) {
            throw new AssertionError(damage + ": " + storage.operations());
        }
        if (report.verdict() == RecoveryReport.Verdict.DAMAGED) {
            if (examined++ % 256 == 0) {
                requireRefusalThatChangesNothing(damage, RecoveryMode.TAIL);
            }
            return REFUSED;
        }
        if (report.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL && examined++ % 16 == 0) {
            requireRefusalThatChangesNothing(damage, RecoveryMode.STRICT);
        }
        return check.count();
    }

    /** Opens the log, which must refuse, name file, offset and sequence, and leave every byte. */
    void requireRefusalThatChangesNothing(String damage, RecoveryMode mode) {
        Map<String, ByteBuffer> before = storage.contents();
        LogSettings settings = new LogSettings(SyncPolicy.ALWAYS, mode, SEGMENT_LENGTH);
        try {
            WriteAheadLog.open(
                    () -> {},
                    storage,
                    new SteppedWorkers(),
                    settings,
                    new ReplayedState(),
                    ReplayProgress.NONE,
                    new FailStop());
        } catch (LogDamagedException refused) {
            boolean isPlain = refused.getMessage().contains(refused.file())
                    && refused.getMessage().contains("offset " + refused.offset())
                    && refused.getMessage().contains("sequence " + refused.sequence())
                    && refused.getMessage().contains("Nothing was changed");
            if (isPlain
                    && storage.contents().equals(before)
                    && storage.pending().isEmpty()) {
                return;
            }
            throw new AssertionError(damage + ": refused, but not as it should: " + refused.getMessage(), refused);
        } catch (IOException e) {
            throw new AssertionError(damage, e);
        }
        throw new AssertionError(damage + ": " + mode + " opened");
    }
}
