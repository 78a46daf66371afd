package dev.poro.wal;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.perf.Check;
import dev.poro.perf.TemporaryLog;
import dev.poro.wal.storage.FileSystemStorage;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A record on its way into a preallocated segment in a real directory: copied into the frame, and with the last of a
 * batch the frame's checksums and its copy into the mapping. Once the segment is full it is mapped anew and written
 * from its start again, so that no disk has to keep up; {@link JournalBenchmark} has the rest. Promises 0 B/op but for
 * the change of segments, which allocates a little and comes once in about a million operations.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SegmentBenchmark {
    /** Records to a frame. */
    @Param({"1", "8", "64", "512"})
    int batch;

    @Param("16")
    int valueLength;

    private TemporaryLog directory;
    private FileSystemStorage storage;
    private String name;
    private SegmentWriter segment;
    private long record;
    private int recordLength;

    private long pass;
    private long sequence;
    private long frameFirstSequence = 1;

    @Setup(Level.Trial)
    public void create() throws IOException {
        directory = new TemporaryLog();
        storage = new FileSystemStorage(directory.path());
        LogSettings settings = new LogSettings(SyncPolicy.OS, RecoveryMode.TAIL, LogSettings.DEFAULT_SEGMENT_LENGTH);
        name = SegmentDescriptor.nameOf(1);
        segment = new SegmentFactory(storage, new DurableNames(storage), settings, 1).create(1);
        byte[] key = new byte[16];
        recordLength = RecordDescriptor.recordLength(key.length, valueLength);
        record = RawMemory.allocate(recordLength);
        RecordEncoder.encodeSet(record, key, new byte[valueLength]);
        segment.start(1);
    }

    @Benchmark
    public long append() throws IOException {
        if (!segment.hasRoomFor(recordLength)) {
            startOver();
        }
        if (!segment.isInFrame()) {
            segment.beginFrame(pass, pass);
        }
        segment.append(record, recordLength);
        sequence++;
        if (sequence - frameFirstSequence == batch - 1) {
            endFrame();
        }
        return sequence;
    }

    private void endFrame() throws IOException {
        segment.endFrame(frameFirstSequence, 0, false);
        frameFirstSequence = sequence + 1;
    }

    private void startOver() throws IOException {
        segment.close();
        segment = new SegmentWriter(
                storage.open(name),
                segment.header(),
                SegmentDescriptor.HEADER_LENGTH,
                storage.mapsSafely(),
                new ForceTimer(storage::nanoTime));
        pass++;
        sequence = 0;
        frameFirstSequence = 1;
    }

    /** Checks that the frames of the last pass are all in the file, and intact. */
    @TearDown(Level.Trial)
    public void check() throws IOException {
        if (segment.isInFrame()) {
            endFrame();
        }
        long found = 0;
        try (FrameReader frames = new FrameReader(storage.openReadOnly(name), segment.header())) {
            while (frames.next() && frames.timestamp() == pass) {
                found += frames.recordCount();
            }
        }
        segment.close();
        directory.close();
        RawMemory.free(record, recordLength);
        Check.equal("records in the segment", sequence, found);
    }
}
