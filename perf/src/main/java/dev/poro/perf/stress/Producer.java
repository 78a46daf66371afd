package dev.poro.perf.stress;

import dev.poro.engine.Poro;
import dev.poro.perf.stress.Script.Operation;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * One thread that writes and reads as its script says, until it must stop or has published enough. It waits for
 * the outcome of each event, or publishes ahead by up to {@code window} events. The accessors are for other threads:
 * counters at any time, the rest once the thread has ended.
 */
final class Producer implements Runnable {
    /** Of the events published ahead, one in this many is waited for at once, to time it. */
    private static final int EVENTS_PER_SAMPLE = 1 << 10;

    /** Reading the clock takes as long as a read. */
    private static final int READS_PER_SAMPLE = 1 << 4;

    private final Workload workload;
    private final Poro poro;
    private final long limit;
    private final BooleanSupplier stop;

    /** Tickets of the events under way, each at its number modulo the window; {@code null} if each is waited for. */
    private final long[] tickets;

    private final Script script;
    private final ReadCheck readCheck;
    private final ByteArrays keys = new ByteArrays();
    private final ByteArrays values = new ByteArrays();
    private final Outcomes outcomes = new Outcomes();
    private final Latencies latencies = new Latencies();
    private final SingleWriterRecorder waited = latencies.recorder(Latencies.Kind.WAITED);
    private final SingleWriterRecorder ahead = latencies.recorder(Latencies.Kind.AHEAD);
    private final SingleWriterRecorder read = latencies.recorder(Latencies.Kind.READ);
    private final Problems badReads = new Problems();
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();
    private long confirmed;
    private volatile Throwable failure;

    /**
     * @param window the most events to publish ahead; 0 to wait for each
     * @param limit how many events to publish
     * @param stop asked before each operation
     */
    Producer(Workload workload, int number, Poro poro, int window, long limit, BooleanSupplier stop) {
        this.workload = workload;
        this.poro = poro;
        this.limit = limit;
        this.stop = stop;
        this.tickets = window == 0 ? null : new long[window];
        this.script = new Script(workload, number);
        this.readCheck = new ReadCheck(workload, number);
    }

    @Override
    public void run() {
        try {
            while (script.number() < limit && !stop.getAsBoolean()) {
                script.next();
                step();
            }
            confirmUpTo(published());
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    private void step() {
        byte[] key = keys.ofLength(workload.keyLengthOf(script.key()));
        workload.writeKey(script.key(), key);
        if (script.operation() == Operation.GET) {
            read(key);
            return;
        }
        if (tickets == null) {
            waitFor(key);
        } else {
            publish(key);
        }
        readCheck.onEvent(script);
    }

    private void waitFor(byte[] key) {
        long number = script.number();
        if (script.operation() == Operation.SET) {
            byte[] value = value();
            long start = System.nanoTime();
            poro.set(key, value);
            waited.recordValue(System.nanoTime() - start);
        } else {
            long start = System.nanoTime();
            boolean existed = poro.delete(key);
            waited.recordValue(System.nanoTime() - start);
            outcomes.tell(number, existed);
        }
        published.setOpaque(number);
        confirmed = number;
    }

    private void publish(byte[] key) {
        long number = script.number();
        confirmUpTo(number - tickets.length);
        byte[] value = script.operation() == Operation.SET ? value() : null;
        long start = System.nanoTime();
        long ticket = value == null ? poro.deleteAsync(key) : poro.setAsync(key, value);
        tickets[(int) (number % tickets.length)] = ticket;
        published.setOpaque(number);
        if (number % EVENTS_PER_SAMPLE == Workload.FIRST_EVENT) {
            poro.await(ticket);
            ahead.recordValue(System.nanoTime() - start);
        }
    }

    private byte[] value() {
        byte[] value = values.ofLength(workload.valueLengthOf(script.stamp()));
        workload.writeValue(script.key(), script.stamp(), value);
        return value;
    }

    private void confirmUpTo(long number) {
        while (confirmed < number) {
            long next = confirmed + 1;
            try {
                outcomes.tell(next, poro.await(tickets[(int) (next % tickets.length)]));
            } catch (IllegalArgumentException noLongerKept) {
                // The other producers have published a million events since. It is applied; the log will show how.
            }
            confirmed = next;
        }
    }

    private void read(byte[] key) {
        long count = reads.getPlain();
        if (count % READS_PER_SAMPLE == 0) {
            long start = System.nanoTime();
            byte[] value = poro.get(key);
            read.recordValue(System.nanoTime() - start);
            check(value);
        } else {
            check(poro.get(key));
        }
        reads.setOpaque(count + 1);
    }

    private void check(byte[] value) {
        String defect = readCheck.defectOf(script.key(), value, confirmed);
        if (defect != null) {
            badReads.add("%s", defect);
        }
    }

    /** Events that were published so far. */
    long published() {
        return published.getOpaque();
    }

    /** Reads that were done so far. */
    long reads() {
        return reads.getOpaque();
    }

    Latencies latencies() {
        return latencies;
    }

    /** What ended the producer too early; {@code null} if nothing did. */
    Throwable failure() {
        return failure;
    }

    Outcomes outcomes() {
        return outcomes;
    }

    /** Reads that returned an impossible value. */
    Problems badReads() {
        return badReads;
    }
}
