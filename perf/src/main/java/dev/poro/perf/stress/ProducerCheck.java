package dev.poro.perf.stress;

import dev.poro.perf.stress.Script.Operation;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whether one producer's events are in the log exactly once and in order: repeats its script, and expects its next
 * event. After a gap it goes on with the next event and remembers what is missing, so that one fault is reported once.
 * Not thread-safe.
 */
final class ProducerCheck {
    /** If more events than this are missing, those that come late are reported as doubled. */
    private static final int MISSING_KEPT = 100_000;

    private final int producer;
    private final long published;
    private final Problems problems;

    /** At the event that is due. */
    private final Script due;

    private String previous = "nothing";
    private final Map<Long, String> missing = new LinkedHashMap<>();

    ProducerCheck(Workload workload, int producer, long published, Problems problems) {
        this.producer = producer;
        this.published = published;
        this.problems = problems;
        this.due = new Script(workload, producer);
        due.nextEvent();
    }

    /**
     * The log has the set {@code number} of this producer.
     *
     * @return whether it was due, perhaps after others that are missing
     */
    boolean onSet(long sequence, int key, long number) {
        if (number < Workload.FIRST_EVENT || number > published) {
            problems.add(
                    "sequence %d: foreign: event %d of producer %d, which published %d events",
                    sequence, number, producer, published);
            return false;
        }
        if (number < due.number()) {
            onPassed(sequence, number);
            return false;
        }
        while (due.number() < number) {
            onMissing(sequence, number);
            due.nextEvent();
        }
        if (!isDue(Operation.SET, key)) {
            problems.add(
                    "sequence %d: event %d of producer %d is a SET of key %d, but it published a %s",
                    sequence, number, producer, key, due);
        }
        onDue();
        return true;
    }

    /**
     * The log has a delete of one of this producer's keys.
     *
     * @return the number of the event; {@link Workload#NONE} if it was not due
     */
    long onDelete(long sequence, int key) {
        if (isDue(Operation.DELETE, key) && due.number() <= published) {
            long number = due.number();
            onDue();
            return number;
        }
        String delete = Operation.DELETE + " of key " + key;
        for (Map.Entry<Long, String> event : missing.entrySet()) {
            if (event.getValue().equals(delete)) {
                onPassed(sequence, event.getKey());
                return Workload.NONE;
            }
        }
        if (previous.equals(delete)) {
            onPassed(sequence, due.number() - 1);
        } else {
            problems.add(
                    "sequence %d: a %s came where event %d of producer %d was due, %s",
                    sequence,
                    delete,
                    due.number(),
                    producer,
                    due.number() > published ? "which it never published" : "a " + due);
        }
        return Workload.NONE;
    }

    /** The log has ended. */
    void onEnd() {
        if (due.number() <= published) {
            problems.add(
                    "events %d to %d of producer %d are missing at the end of the log",
                    due.number(), published, producer);
        }
    }

    private boolean isDue(Operation operation, int key) {
        return due.operation() == operation && due.key() == key;
    }

    private void onDue() {
        previous = due.toString();
        due.nextEvent();
    }

    private void onMissing(long sequence, long arrived) {
        problems.add(
                "sequence %d: event %d of producer %d is missing, a %s: event %d came in its place",
                sequence, due.number(), producer, due, arrived);
        if (missing.size() < MISSING_KEPT) {
            missing.put(due.number(), due.toString());
        }
    }

    private void onPassed(long sequence, long number) {
        String how = missing.remove(number) == null ? "is doubled" : "is out of order";
        problems.add(
                "sequence %d: event %d of producer %d %s: event %d was due",
                sequence, number, producer, how, due.number());
    }
}
