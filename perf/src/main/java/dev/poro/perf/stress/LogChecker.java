package dev.poro.perf.stress;

import dev.poro.events.EventType;
import dev.poro.statemachine.StateMachine;
import java.util.Arrays;
import java.util.List;

/**
 * Compares a log with what the producers published. Every producer's script is repeated: each record must be the next
 * event of its producer, byte for byte. The records make up the model, one stamp for each key, with which outcomes,
 * contents and digest are compared. Not thread-safe.
 */
final class LogChecker {
    private final Workload workload;
    private final ProducerCheck[] producers;
    private final Outcomes[] told;
    private final Problems events = new Problems();
    private final Problems outcomes = new Problems();

    /** By key: the stamp of the set that wrote its value. */
    private final long[] model;

    private long lastSequence;
    private long outcomesCompared;

    /** @param published of each producer */
    LogChecker(Workload workload, List<Published> published) {
        this.workload = workload;
        this.producers = new ProducerCheck[workload.producers()];
        this.model = new long[workload.keys()];
        Arrays.setAll(
                producers, p -> new ProducerCheck(workload, p, published.get(p).events(), events));
        this.told = published.stream().map(Published::outcomes).toArray(Outcomes[]::new);
    }

    /**
     * What a producer says that it published.
     *
     * @param events how many
     * @param outcomes that it was told
     */
    record Published(long events, Outcomes outcomes) {}

    /** The next record of the log. */
    void onRecord(long sequence, EventType type, byte[] key, byte[] value) {
        if (sequence != lastSequence + 1) {
            events.add("sequence %d follows sequence %d", sequence, lastSequence);
        }
        lastSequence = sequence;
        if (!type.changesOneKey()) {
            return;
        }
        int number = keyNumberOf(key);
        if (number < 0) {
            events.add(
                    "sequence %d: foreign: a %s of a key of %d bytes that no producer has", sequence, type, key.length);
        } else if (type == EventType.SET) {
            onSet(sequence, number, value);
        } else {
            onDelete(sequence, number);
        }
    }

    private int keyNumberOf(byte[] key) {
        int number = Workload.numberIn(key);
        boolean known = number >= 0 && number < workload.keys() && Arrays.equals(key, workload.key(number));
        return known ? number : -1;
    }

    private void onSet(long sequence, int key, byte[] value) {
        long stamp = Workload.stampIn(value);
        int producer = Workload.producerOf(stamp);
        if (producer >= workload.producers() || !Arrays.equals(value, workload.value(key, stamp))) {
            events.add(
                    "sequence %d: foreign: a SET of key %d to %d bytes that no producer writes there",
                    sequence, key, value.length);
            return;
        }
        long number = Workload.numberOf(stamp);
        if (producers[producer].onSet(sequence, key, number)) {
            compareOutcome(producer, number, key);
        }
        model[key] = stamp;
    }

    private void onDelete(long sequence, int key) {
        int producer = workload.ownerOf(key);
        long number = producers[producer].onDelete(sequence, key);
        if (number != Workload.NONE) {
            compareOutcome(producer, number, key);
        }
        model[key] = Workload.NONE;
    }

    private void compareOutcome(int producer, long number, int key) {
        Outcomes.Told outcome = told[producer].of(number);
        if (outcome == Outcomes.Told.NOTHING) {
            return;
        }
        outcomesCompared++;
        boolean existed = model[key] != Workload.NONE;
        if (existed != (outcome == Outcomes.Told.EXISTED)) {
            outcomes.add(
                    "event %d of producer %d: it was told that key %d was %s, but in the log's order it was %s",
                    number, producer, key, existed ? "absent" : "there", existed ? "there" : "absent");
        }
    }

    /** The log has ended. */
    void onEnd() {
        for (ProducerCheck producer : producers) {
            producer.onEnd();
        }
    }

    /** Events missing, doubled, out of order, foreign. */
    Problems events() {
        return events;
    }

    /** Outcomes that the model contradicts. */
    Problems outcomes() {
        return outcomes;
    }

    long outcomesCompared() {
        return outcomesCompared;
    }

    /** The sequence of the last record. */
    long lastSequence() {
        return lastSequence;
    }

    /** The value that the model has for a key, or {@code null}. */
    byte[] valueOf(int key) {
        return model[key] == Workload.NONE ? null : workload.value(key, model[key]);
    }

    /** Keys that have a value in the model. */
    long keys() {
        return Arrays.stream(model).filter(stamp -> stamp != Workload.NONE).count();
    }

    /** The digest of the model, made anew from its keys and values. */
    long digest() {
        long digest = 0;
        for (int key = 0; key < model.length; key++) {
            if (model[key] != Workload.NONE) {
                digest += StateMachine.digestOf(workload.key(key), valueOf(key));
            }
        }
        return digest;
    }
}
