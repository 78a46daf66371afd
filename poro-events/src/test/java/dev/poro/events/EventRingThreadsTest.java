package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.SleepingWaitStrategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ObjLongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Eight producers, a small ring: every event is handled once, in the order in which its producer published it. */
@Timeout(60)
class EventRingThreadsTest {
    private static final int PRODUCERS = 8;
    private static final int EVENTS = TestScale.choose(1_000, 5_000);
    private static final long SEED = 42;

    private final EventRing ring = new EventRing(16, new SleepingWaitStrategy());
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final RecordFlyweight record = new RecordFlyweight();
    private final long[] nextOf = new long[PRODUCERS];
    private long nextJournaled;
    private volatile boolean stopped;

    @Test
    void everyEventIsSeenOnceWhenTheRingIsPolled() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        List<Thread> producers = startProducers();

        while (ring.applied() < (long) PRODUCERS * EVENTS - 1 && failure.get() == null) {
            pollers.journal().poll((slot, ringSequence, endOfBatch) -> {
                journal(slot, ringSequence);
                return true;
            });
            pollers.stateMachine().poll((slot, ringSequence, endOfBatch) -> {
                apply(slot, ringSequence);
                return true;
            });
            Thread.yield();
        }
        assertAllSeen(producers);
    }

    @Test
    void everyEventIsSeenOnceWhenEachHandlerHasAThread() throws Exception {
        EventRing.Pollers pollers = ring.newPollers();
        Thread journal = startPolling(pollers.journal(), this::journal);
        Thread stateMachine = startPolling(pollers.stateMachine(), this::apply);
        List<Thread> producers = startProducers();

        while (ring.applied() < (long) PRODUCERS * EVENTS - 1 && failure.get() == null) {
            LockSupport.parkNanos(100_000);
        }
        stopped = true;
        journal.join();
        stateMachine.join();

        assertAllSeen(producers);
    }

    private Thread startPolling(EventPoller<EventSlot> poller, ObjLongConsumer<EventSlot> handler) {
        EventPoller.Handler<EventSlot> polled = (slot, ringSequence, endOfBatch) -> {
            handler.accept(slot, ringSequence);
            return true;
        };
        Thread thread = new Thread(() -> {
            try {
                while (!stopped) {
                    poller.poll(polled);
                    Thread.yield();
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        });
        thread.start();
        return thread;
    }

    private void journal(EventSlot slot, long ringSequence) {
        check(ringSequence == nextJournaled++, "event out of order: " + ringSequence);
        if (slot.isCancelled()) {
            return;
        }
        String defect = RecordFlyweight.defectOf(slot.recordAddress(), slot.recordLength());
        check(defect == null, defect);
        slot.journaled(ringSequence + 1, 0, 0);
    }

    private void apply(EventSlot slot, long ringSequence) {
        if (slot.isCancelled()) {
            ring.complete(ringSequence, slot.refusal(), 0);
            return;
        }
        check(slot.isJournaled() && slot.logSequence() == ringSequence + 1, "not journaled: " + ringSequence);
        record.wrap(slot.recordAddress());
        int producer = (int) RawMemory.readLong(record.keyAddress());
        long number = RawMemory.readLong(record.keyAddress() + 8);
        check(number == nextOf[producer], "producer " + producer + ": " + number + " after " + nextOf[producer]);
        nextOf[producer]++;
        for (int i = 0; i < record.valueLength(); i++) {
            check(RawMemory.readByte(record.valueAddress() + i) == (byte) number, "value of " + number);
        }
        ring.complete(ringSequence, number % 2 == 0 ? Outcome.CREATED : Outcome.REPLACED, 0);
    }

    private List<Thread> startProducers() {
        List<Thread> producers = new ArrayList<>();
        for (int i = 0; i < PRODUCERS; i++) {
            int producer = i;
            Thread thread = new Thread(() -> {
                try {
                    produce(producer);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            });
            thread.start();
            producers.add(thread);
        }
        return producers;
    }

    /** Every fourth event is waited for, some records are long. */
    private void produce(int producer) {
        Random random = new Random(SEED + producer);
        long[] key = {producer, 0};
        for (int number = 0; number < EVENTS; number++) {
            key[1] = number;
            OutcomeWaiter waiter = number % 4 == 0 ? ring.takeWaiter() : null;
            int valueLength = random.nextInt(50) == 0 ? random.nextInt(40_000) : random.nextInt(64);
            publish(key, valueLength, waiter);
            while (waiter != null && waiter.poll() == null && failure.get() == null) {
                waiter.park(1_000_000);
            }
            check(waiter == null || waiter.poll() == Outcome.CREATED || failure.get() != null, "outcome");
            if (waiter != null) {
                waiter.giveBack();
            }
        }
    }

    private void publish(long[] key, int valueLength, OutcomeWaiter waiter) {
        long ringSequence = claim();
        long address = Slots.prepare(ring, ringSequence, RecordDescriptor.recordLength(16, valueLength), waiter, 0);
        RecordEncoder.encodeSet(address, new byte[16], new byte[valueLength]);
        RawMemory.writeLong(address + 8, key[0]);
        RawMemory.writeLong(address + 16, key[1]);
        RawMemory.fill(address + 24, valueLength, (byte) key[1]);
        ring.publish(ringSequence);
    }

    private long claim() {
        long ringSequence = ring.tryClaim();
        while (ringSequence == EventRing.FULL && failure.get() == null) {
            LockSupport.parkNanos(20_000);
            ringSequence = ring.tryClaim();
        }
        return ringSequence;
    }

    private void assertAllSeen(List<Thread> producers) throws InterruptedException {
        assertThat(failure.get()).as("seed %d", SEED).isNull();
        for (Thread producer : producers) {
            producer.join();
        }
        assertThat(failure.get()).as("seed %d", SEED).isNull();
        assertThat(nextOf).containsOnly(EVENTS);
        assertThat(nextJournaled).isEqualTo((long) PRODUCERS * EVENTS);
        assertThat(ring.hasUnapplied()).isFalse();
        assertThat(ring.claimed()).isEqualTo((long) PRODUCERS * EVENTS - 1);
    }

    private void check(boolean holds, String what) {
        if (!holds) {
            AssertionError error = new AssertionError(what);
            failure.compareAndSet(null, error);
            throw error;
        }
    }
}
