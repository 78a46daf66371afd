package dev.poro.engine;

import com.lmax.disruptor.WaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** A ring that takes down which events are published, marks apart, and what becomes of each. For one thread. */
public final class RecordedRing extends EventRing {
    private final LongSupplier clock;
    private final List<Event> events = new ArrayList<>();
    private int completed;

    /** @param clock when an event is published */
    RecordedRing(int capacity, WaitStrategy waitStrategy, int outcomesKept, LongSupplier clock) {
        super(capacity, waitStrategy, outcomesKept);
        this.clock = clock;
    }

    /** An event that was published. */
    public static final class Event {
        private final long ringSequence;
        private final byte[] record;
        private final long publishedAt;
        private long logSequence;
        private long timestamp;
        private Outcome outcome;
        private long number;

        private Event(long ringSequence, byte[] record, long publishedAt) {
            this.ringSequence = ringSequence;
            this.record = record;
            this.publishedAt = publishedAt;
        }

        /** Its record. */
        public byte[] record() {
            return record;
        }

        /** When it was published. */
        public long publishedAt() {
            return publishedAt;
        }

        /** In the log; 0 if it is not there, or not yet. */
        public long logSequence() {
            return logSequence;
        }

        /** In the log, in milliseconds since 1970. */
        public long timestamp() {
            return timestamp;
        }

        /** {@code null} as long as there is none. */
        public Outcome outcome() {
            return outcome;
        }

        /** The number that goes with the outcome. */
        public long number() {
            return number;
        }
    }

    /** In the order in which they were published. */
    public List<Event> events() {
        return events;
    }

    @Override
    public void publishRun(long first, long last) {
        for (long ringSequence = first; ringSequence <= last; ringSequence++) {
            takeDown(ringSequence);
        }
        super.publishRun(first, last);
    }

    @Override
    public void publish(long ringSequence) {
        takeDown(ringSequence);
        super.publish(ringSequence);
    }

    private void takeDown(long ringSequence) {
        EventSlot slot = slot(ringSequence);
        if (isEvent(slot)) {
            byte[] record = new byte[slot.recordLength()];
            RawMemory.copy(slot.recordAddress(), record, 0, record.length);
            events.add(new Event(ringSequence, record, clock.getAsLong()));
        }
    }

    @Override
    public void complete(long ringSequence, Outcome outcome, long number) {
        EventSlot slot = slot(ringSequence);
        if (isEvent(slot)) {
            Event event = events.get(completed++);
            assert event.ringSequence == ringSequence : "outcome of event " + ringSequence + " out of order";
            event.outcome = outcome;
            event.number = number;
            if (slot.isJournaled()) {
                event.logSequence = slot.logSequence();
                event.timestamp = slot.timestamp();
            }
        }
        super.complete(ringSequence, outcome, number);
    }

    private static boolean isEvent(EventSlot slot) {
        return !slot.isMark() && !slot.isCancelled() && !slot.isRead();
    }
}
