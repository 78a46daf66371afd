package dev.poro.perf.stress;

import dev.poro.perf.stress.Script.Operation;
import java.util.Arrays;
import java.util.Locale;

/**
 * Checks what one producer reads. For a key that only this producer writes, it knows the value, as soon as its latest
 * event for the key has an outcome. For any other key it can tell that a producer wrote this value to this key. Used by
 * the producer's thread.
 */
final class ReadCheck {
    private final Workload workload;
    private final int producer;

    /** By row: the number of the latest event for the producer's own key; negative if it was a delete. */
    private final long[] latest;

    ReadCheck(Workload workload, int producer) {
        this.workload = workload;
        this.producer = producer;
        this.latest = new long[workload.keys() / workload.producers()];
    }

    /** The producer publishes an event. */
    void onEvent(Script event) {
        if (isPrivate(event.key())) {
            latest[event.key() / workload.producers()] =
                    event.operation() == Operation.SET ? event.number() : -event.number();
        }
    }

    /**
     * What is wrong with a value; {@code null} if it is right.
     *
     * @param value that was read, or {@code null}
     * @param confirmed the number up to which the producer's events have their outcomes
     */
    String defectOf(int key, byte[] value, long confirmed) {
        String due = isPrivate(key) ? defectOfPrivate(key, value, confirmed) : null;
        return due == null && value != null ? defectOfAny(key, value) : due;
    }

    private boolean isPrivate(int key) {
        return workload.ownerOf(key) == producer && !workload.isShared(key);
    }

    private String defectOfPrivate(int key, byte[] value, long confirmed) {
        long last = latest[key / workload.producers()];
        if (Math.abs(last) > confirmed) {
            return null; // on its way: the value before it may still be there
        }
        long due = last > 0 ? Workload.stamp(producer, last) : Workload.NONE;
        long read = value == null ? Workload.NONE : Workload.stampIn(value);
        return due == read
                ? null
                : String.format(
                        Locale.ROOT,
                        "producer %d read %s of its own key %d, but its latest event for it was %s",
                        producer,
                        nameOf(read),
                        key,
                        last < 0 ? "the delete " + -last : last == 0 ? "none" : "the set " + last);
    }

    private String defectOfAny(int key, byte[] value) {
        long stamp = Workload.stampIn(value);
        int writer = Workload.producerOf(stamp);
        boolean mayWrite = writer < workload.producers() && (workload.isShared(key) || workload.ownerOf(key) == writer);
        return mayWrite && Arrays.equals(value, workload.value(key, stamp))
                ? null
                : String.format(
                        Locale.ROOT,
                        "producer %d read %d bytes of key %d that nobody wrote there: they begin as the value of %s",
                        producer,
                        value.length,
                        key,
                        nameOf(stamp));
    }

    private static String nameOf(long stamp) {
        return stamp == Workload.NONE
                ? "nothing"
                : "event " + Workload.numberOf(stamp) + " of producer " + Workload.producerOf(stamp);
    }
}
