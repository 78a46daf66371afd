package dev.poro.perf.stress;

import java.util.SplittableRandom;

/**
 * What one producer does, operation by operation: the same in every script of the same workload and producer. Not
 * thread-safe.
 */
final class Script {
    /** What is done. */
    enum Operation {
        SET,
        DELETE,
        GET
    }

    private final Workload workload;
    private final int producer;
    private final int rows;
    private final SplittableRandom random;
    private Operation operation;
    private int key;
    private long number;

    Script(Workload workload, int producer) {
        this.workload = workload;
        this.producer = producer;
        this.rows = workload.keys() / workload.producers();
        this.random = new SplittableRandom(Workload.mixed(workload.seed() + producer));
    }

    /** Goes on to the next operation. */
    void next() {
        int roll = random.nextInt(100);
        int row = random.nextInt(rows);
        int column = random.nextInt(workload.producers());
        if (roll < workload.mix().sets()) {
            operation = Operation.SET;
            key = keyAt(row, column);
            if (!workload.isShared(key)) {
                key = keyAt(row, producer);
            }
        } else if (roll < workload.mix().sets() + workload.mix().deletes()) {
            operation = Operation.DELETE;
            key = keyAt(row, producer);
        } else {
            operation = Operation.GET;
            key = keyAt(row, column);
        }
        if (operation != Operation.GET) {
            number++;
        }
    }

    /** Goes on to the next operation that is an event. */
    void nextEvent() {
        do {
            next();
        } while (operation == Operation.GET);
    }

    private int keyAt(int row, int column) {
        return row * workload.producers() + column;
    }

    Operation operation() {
        return operation;
    }

    /** The key's number. */
    int key() {
        return key;
    }

    /** The number of the latest event; 0 before the first. */
    long number() {
        return number;
    }

    /** What the latest event puts into a value. */
    long stamp() {
        return Workload.stamp(producer, number);
    }

    @Override
    public String toString() {
        return operation + " of key " + key;
    }
}
