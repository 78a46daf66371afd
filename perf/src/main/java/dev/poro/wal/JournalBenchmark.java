package dev.poro.wal;

import com.lmax.disruptor.BusySpinWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.perf.Check;
import dev.poro.perf.TemporaryLog;
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
 * The whole journal, as the ring's first handler: frames, change of segments, their preparation and forcing in the
 * background, in a real directory. What the disk cannot take holds it up, so large batches may measure the disk: {@link
 * SegmentBenchmark} leaves that out. Each iteration has a log of its own, which is read back. Promises 0 B/op but for
 * the change of segments, which allocates a little.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class JournalBenchmark {
    @Param("OS")
    SyncPolicy sync;

    /** Events to a batch of the handler, and so to a frame and, under {@code ALWAYS}, to a force. */
    @Param({"1", "8", "64", "512"})
    int batch;

    @Param("16")
    int valueLength;

    private final EventRing ring = new EventRing(EventRing.DEFAULT_CAPACITY, new BusySpinWaitStrategy());
    private FailStop failStop;
    private TemporaryLog directory;
    private WriteAheadLog log;
    private JournalingHandler handler;
    private long events;

    @Setup(Level.Trial)
    public void encode() {
        byte[] key = new byte[16];
        byte[] value = new byte[valueLength];
        int length = RecordDescriptor.recordLength(key.length, value.length);
        for (int i = 0; i < ring.capacity(); i++) {
            EventSlot slot = ring.slot(i);
            if (length <= EventSlot.INLINE_LENGTH) {
                slot.prepare(slot.inlineRecord(), length, null, 0);
            } else {
                slot.prepareBlock(ring.memory().tryTake(length), length, null, 0);
            }
            RecordEncoder.encodeSet(slot.recordAddress(), key, value);
        }
    }

    @Setup(Level.Iteration)
    public void open() throws IOException {
        directory = new TemporaryLog();
        failStop = new FailStop();
        LogSettings settings = new LogSettings(sync, RecoveryMode.TAIL, LogSettings.DEFAULT_SEGMENT_LENGTH);
        log = WriteAheadLog.open(directory.path(), settings, LogVisitor.NONE, ReplayProgress.NONE, failStop);
        handler = log.newHandler(ring);
        events = 0;
    }

    @Benchmark
    public long journal() {
        EventSlot slot = ring.slot(events);
        handler.onEvent(slot, events, (events + 1) % batch == 0);
        events++;
        return slot.logSequence();
    }

    @TearDown(Level.Iteration)
    public void check() throws IOException {
        log.close();
        long[] read = {0};
        RecoveryReport report =
                LogInspector.inspect(directory.path(), (sequence, timestamp, record) -> read[0]++, ReplayProgress.NONE);
        directory.close();
        Check.equal("failed", 0, failStop.isTripped() ? 1 : 0);
        Check.equal("damaged", 0, report.verdict() == RecoveryReport.Verdict.SOUND ? 0 : 1);
        Check.equal("events in the log", events, read[0]);
    }
}
