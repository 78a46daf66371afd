package dev.poro.events;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventPoller;
import dev.poro.perf.Check;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * The event ring alone: claim, encode, publish, with handlers that only count and complete; run by the publishers, as
 * in the threading mode {@code CALLER}. Promises 0 B/op. Several publishers with {@code -t}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EventRingBenchmark {
    /** At 16 the record fits into the slot, at 1024 it takes memory of its own. */
    @Param({"16", "1024"})
    int valueLength;

    private final AtomicBoolean draining = new AtomicBoolean();
    private final List<Publisher> publishers = new CopyOnWriteArrayList<>();
    private final EventPoller.Handler<EventSlot> journal = this::onJournal;
    private final EventPoller.Handler<EventSlot> stateMachine = this::onStateMachine;
    private EventRing ring;
    private EventRing.Pollers pollers;
    private long handled;

    @Setup(Level.Trial)
    public void open() {
        ring = new EventRing(EventRing.DEFAULT_CAPACITY, new BusySpinWaitStrategy());
        pollers = ring.newPollers();
    }

    /** One thread's key and value, and how much it published. */
    @State(Scope.Thread)
    public static class Publisher {
        private final byte[] key = new byte[16];
        private byte[] value;
        private long published;

        @Setup(Level.Trial)
        public void register(EventRingBenchmark benchmark) {
            value = new byte[benchmark.valueLength];
            benchmark.publishers.add(this);
        }
    }

    @TearDown(Level.Trial)
    public void check() throws Exception {
        drain();
        long published = publishers.stream().mapToLong(one -> one.published).sum();
        Check.atLeast("events published", 1, published);
        Check.equal("events handled", published, handled);
        Check.equal("last event applied", published - 1, ring.applied());
    }

    /** No thread waits. A thread that finds the ring full drains it; an event's share of that is part of the result. */
    @Benchmark
    public long publish(Publisher publisher) throws Exception {
        return publish(publisher, null);
    }

    /** The publisher runs the handlers over its event and takes the outcome: a synchronous set less log and table. */
    @Benchmark
    public Outcome publishAndAwait(Publisher publisher) throws Exception {
        OutcomeWaiter waiter = ring.takeWaiter();
        publish(publisher, waiter);
        Outcome outcome;
        do {
            drain();
            outcome = waiter.poll();
        } while (outcome == null);
        waiter.giveBack();
        return outcome;
    }

    private long publish(Publisher publisher, OutcomeWaiter waiter) throws Exception {
        int length = RecordDescriptor.recordLength(publisher.key.length, publisher.value.length);
        boolean isInBlock = waiter == null && length > EventSlot.INLINE_LENGTH;
        long record = waiter != null
                ? waiter.record(length)
                : isInBlock ? ring.memory().tryTake(length) : 0;
        if (record != 0) {
            RecordEncoder.encodeSet(record, publisher.key, publisher.value);
        }
        long ringSequence = ring.tryClaim();
        while (ringSequence == EventRing.FULL) {
            drain();
            ringSequence = ring.tryClaim();
        }
        EventSlot slot = ring.slot(ringSequence);
        if (isInBlock) {
            slot.prepareBlock(record, length, null, 0);
        } else if (record != 0) {
            slot.prepare(record, length, waiter, 0);
        } else {
            RecordEncoder.encodeSet(slot.inlineRecord(), publisher.key, publisher.value);
            slot.prepare(slot.inlineRecord(), length, null, 0);
        }
        ring.publish(ringSequence);
        publisher.published++;
        return ringSequence;
    }

    private void drain() throws Exception {
        if (draining.compareAndSet(false, true)) {
            try {
                pollers.journal().poll(journal);
                pollers.stateMachine().poll(stateMachine);
            } finally {
                draining.setRelease(false);
            }
        } else {
            Thread.yield();
        }
    }

    private boolean onJournal(EventSlot slot, long ringSequence, boolean endOfBatch) {
        slot.journaled(ringSequence + 1, 0, 0);
        return true;
    }

    private boolean onStateMachine(EventSlot slot, long ringSequence, boolean endOfBatch) {
        handled++;
        ring.complete(ringSequence, Outcome.CREATED, 0);
        return true;
    }
}
