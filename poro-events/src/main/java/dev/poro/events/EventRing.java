package dev.poro.events;

import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BatchEventProcessorBuilder;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.WaitStrategy;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * The event ring: an LMAX Disruptor of preallocated {@link EventSlot}s with many producers and two handlers, first
 * the journal's, then the state machine's.
 *
 * <p>A publisher calls {@link #tryClaim}, encodes into the slot, calls {@link #publish}. Back-pressure is the failed
 * claim: the ring is full while the state machine is a whole ring behind. The handlers are run either by Disruptor's
 * processors ({@link #start}) or by whoever polls two {@link EventPoller}s ({@link #newPollers}); never by both.
 *
 * <p>A {@code ringSequence} counts the events of this ring from 0 and dies with the process; the durable
 * {@code logSequence} is the journal's.
 *
 * <p>Thread-safe, except that the handlers must be run by one thread at a time each.
 */
public final class EventRing {
    /** Slots, unless asked otherwise. */
    public static final int DEFAULT_CAPACITY = 1024;

    /** Slots, at most. */
    public static final int MAX_CAPACITY = 1 << 16;

    /** How many of the latest outcomes can still be asked for, unless asked otherwise. */
    public static final int OUTCOMES_KEPT = 1 << 20;

    /** What {@link #tryClaim} returns when the ring is full. */
    public static final long FULL = -1;

    /** Left to the collector: a publisher may still be writing to a slot that it claimed while the store closed. */
    private final ByteBuffer inlineRecords;

    private final RingBuffer<EventSlot> ringBuffer;
    private final OutcomeWindow outcomes;
    private Sequence applied;
    private BatchEventProcessor<EventSlot> journalProcessor;
    private BatchEventProcessor<EventSlot> stateMachineProcessor;
    private final List<Thread> processorThreads = new ArrayList<>();

    /**
     * @param capacity slots, a power of two of at most {@value #MAX_CAPACITY}
     * @param waitStrategy how Disruptor's processors wait; without effect when the ring is polled
     */
    public EventRing(int capacity, WaitStrategy waitStrategy) {
        this(capacity, waitStrategy, OUTCOMES_KEPT);
    }

    /**
     * @param outcomesKept how many of the latest outcomes can still be asked for, less the capacity; a power of two, at
     *     a byte each
     */
    public EventRing(int capacity, WaitStrategy waitStrategy, int outcomesKept) {
        requireValidCapacity(capacity);
        this.outcomes = new OutcomeWindow(outcomesKept);
        this.inlineRecords = ByteBuffer.allocateDirect(capacity * EventSlot.INLINE_LENGTH);
        long[] next = {RawMemory.addressOf(inlineRecords)};
        this.ringBuffer = RingBuffer.createMultiProducer(
                () -> {
                    EventSlot slot = new EventSlot(next[0]);
                    next[0] += EventSlot.INLINE_LENGTH;
                    return slot;
                },
                capacity,
                waitStrategy);
    }

    /** @throws IllegalArgumentException if no ring can have so many slots */
    public static void requireValidCapacity(int capacity) {
        if (capacity < 2 || capacity > MAX_CAPACITY || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(
                    "ring capacity must be a power of two from 2 to " + MAX_CAPACITY + ": " + capacity);
        }
    }

    /** Slots. */
    public int capacity() {
        return ringBuffer.getBufferSize();
    }

    /** Claims the next slot, or returns {@link #FULL}. A claimed slot must be published, if need be cancelled. */
    public long tryClaim() {
        try {
            return ringBuffer.tryNext();
        } catch (InsufficientCapacityException full) {
            return FULL;
        }
    }

    /** The slot of a claimed or published sequence. */
    public EventSlot slot(long ringSequence) {
        return ringBuffer.get(ringSequence);
    }

    /** Hands the slot to the handlers. */
    public void publish(long ringSequence) {
        ringBuffer.publish(ringSequence);
    }

    /**
     * Has Disruptor's processors run the handlers, one thread each. Called once, before any claim, and not together
     * with {@link #newPollers}.
     *
     * @param onEscape told of whatever a handler lets escape; Disruptor goes on to the next event when it returns
     * @param threads makes the two threads, the journal's first
     */
    public void start(
            EventHandler<EventSlot> journal,
            EventHandler<EventSlot> stateMachine,
            ExceptionHandler<EventSlot> onEscape,
            ThreadFactory threads) {
        journalProcessor = newProcessor(ringBuffer.newBarrier(), journal, onEscape);
        stateMachineProcessor =
                newProcessor(ringBuffer.newBarrier(journalProcessor.getSequence()), stateMachine, onEscape);
        gateOn(stateMachineProcessor.getSequence());
        processorThreads.add(threads.newThread(journalProcessor));
        processorThreads.add(threads.newThread(stateMachineProcessor));
        processorThreads.forEach(Thread::start);
    }

    private BatchEventProcessor<EventSlot> newProcessor(
            SequenceBarrier barrier, EventHandler<EventSlot> handler, ExceptionHandler<EventSlot> onEscape) {
        BatchEventProcessor<EventSlot> processor = new BatchEventProcessorBuilder().build(ringBuffer, barrier, handler);
        processor.setExceptionHandler(onEscape);
        return processor;
    }

    /**
     * Ends what {@link #start} began and waits until no handler runs any more, whatever interrupts come; events that
     * are still unprocessed stay so.
     */
    public void stop() {
        journalProcessor.halt();
        stateMachineProcessor.halt();
        boolean interrupted = false;
        for (Thread thread : processorThreads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The way to run the handlers without threads of their own: a poller for the journal's handler and, behind it,
     * one for the state machine's. Called once, before any claim, and not together with {@link #start}.
     */
    public Pollers newPollers() {
        EventPoller<EventSlot> journal = ringBuffer.newPoller();
        EventPoller<EventSlot> stateMachine = ringBuffer.newPoller(journal.getSequence());
        gateOn(stateMachine.getSequence());
        return new Pollers(journal, stateMachine);
    }

    private void gateOn(Sequence lastHandler) {
        ringBuffer.addGatingSequences(lastHandler);
        applied = lastHandler;
    }

    /** Called by the last handler once for every event, in order: keeps the outcome and tells the waiter. */
    public void complete(long ringSequence, Outcome outcome) {
        outcomes.record(ringSequence, outcome);
        ringBuffer.get(ringSequence).complete(outcome);
    }

    /** The ring sequence up to which every event has its outcome; -1 before the first. */
    public long applied() {
        return applied.get();
    }

    /** The highest ring sequence that was claimed; -1 before the first. */
    public long claimed() {
        return ringBuffer.getCursor();
    }

    /** Whether the event after {@link #applied()} is published and thus ready for the handlers. */
    public boolean hasUnapplied() {
        return ringBuffer.isAvailable(applied.get() + 1);
    }

    /**
     * The outcome of an applied event.
     *
     * @throws IllegalArgumentException if the outcome is no longer kept, or the event is not applied yet
     */
    public Outcome outcomeOf(long ringSequence) {
        if (ringSequence < 0 || ringSequence > applied()) {
            throw new IllegalArgumentException("event " + ringSequence + " is not applied");
        }
        Outcome outcome = outcomes.read(ringSequence);
        VarHandle.acquireFence();
        // Up to a whole ring behind "applied" may be in the handler's hands while we read.
        if (applied() + capacity() - ringSequence >= outcomes.capacity()) {
            throw new IllegalArgumentException("the outcome of event " + ringSequence + " is no longer kept: only the"
                    + " latest " + (outcomes.capacity() - capacity()) + " are");
        }
        return outcome;
    }

    /** The two pollers, to be polled in this order. */
    public record Pollers(EventPoller<EventSlot> journal, EventPoller<EventSlot> stateMachine) {}
}
