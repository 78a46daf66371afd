package dev.poro.simulation;

import dev.poro.engine.Poro;
import dev.poro.events.EventRing;
import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.NaiveStateMachine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a store must hold, kept outside of it: the changes in the order in which they were published, what became of
 * each, and what a naive state machine makes of them. Knows nothing of the log but its events.
 */
final class SimulationOracle implements AutoCloseable {
    private static final int BUFFER_LENGTH = 64 << 10;

    private final long memory;
    private final long buffer = RawMemory.allocate(BUFFER_LENGTH);
    private final RecordFlyweight record = new RecordFlyweight();

    /** Changes that the store had when it was opened last, and those published since that were not refused. */
    private List<Change> changes = new ArrayList<>();

    private int acknowledged;
    private int decided;
    private NaiveStateMachine model;
    private long applied;
    private boolean hasFailed;

    SimulationOracle(long memory) {
        this.memory = memory;
        replay();
    }

    /** A set, or with no value a deletion. */
    static final class Change {
        private final byte[] key;
        private final byte[] value;
        private final long ticket;
        private final long publishedAt;
        private long decidedAt;
        private Outcome outcome;

        Change(byte[] key, byte[] value, long ticket, long publishedAt) {
            this.key = key;
            this.value = value;
            this.ticket = ticket;
            this.publishedAt = publishedAt;
        }

        boolean isSameAs(Change other) {
            return Arrays.equals(key, other.key) && Arrays.equals(value, other.value);
        }

        @Override
        public String toString() {
            String what = value == null ? "delete " : "set of " + value.length + " bytes ";
            return what + Arrays.toString(key) + " " + outcome;
        }
    }

    /** A change was published at that time or later; the ring knows it by its ticket. */
    void published(byte[] key, byte[] value, long ticket, long now) {
        changes.add(new Change(key, value, ticket, now));
    }

    /**
     * Takes note of the outcomes that are known by now.
     *
     * @param mayBeFull whether the disk was full at any time since the store was opened
     * @param hasStopped whether the store has stopped
     * @param now the time, in milliseconds
     */
    void takeOutcomes(EventRing ring, boolean mayBeFull, boolean hasStopped, long now) {
        while (decided < changes.size() && changes.get(decided).ticket <= ring.applied()) {
            Change change = changes.get(decided);
            change.outcome = ring.outcomeOf(change.ticket);
            change.decidedAt = now;
            switch (change.outcome) {
                case LOG_FULL:
                    require(mayBeFull || hasStopped, "refused for a full disk that was not full", change);
                    changes.remove(decided);
                    SimulationCoverage.CHANGES_REFUSED_FOR_DISK_SPACE.met();
                    break;
                case FAILED:
                    require(hasStopped, "failed though the store has not stopped", change);
                    hasFailed = true;
                    SimulationCoverage.CHANGES_FAILED.met();
                    decided++;
                    break;
                default:
                    require(!hasFailed, "acknowledged after one that failed", change);
                    Outcome expected = apply(change);
                    require(change.outcome == expected, "should have been " + expected, change);
                    decided++;
                    acknowledged = decided;
                    (expected == Outcome.OUT_OF_MEMORY
                                    ? SimulationCoverage.CHANGES_REFUSED_FOR_MEMORY
                                    : SimulationCoverage.CHANGES_ACKNOWLEDGED)
                            .met();
            }
        }
    }

    private void replay() {
        if (model != null) {
            model.close();
        }
        model = new NaiveStateMachine();
        // Not from sequence 1: the marks in the log are none of this model's business.
        applied = 1;
        RecordEncoder.encodeMemoryBudget(buffer, memory);
        model.apply(++applied, 0, record.wrap(buffer));
        changes.forEach(this::apply);
        decided = changes.size();
        acknowledged = decided;
        hasFailed = false;
    }

    private Outcome apply(Change change) {
        if (change.value == null) {
            RecordEncoder.encodeDelete(buffer, change.key);
        } else {
            RecordEncoder.encodeSet(buffer, change.key, change.value);
        }
        return model.apply(++applied, 0, record.wrap(buffer));
    }

    /** A set was rejected before it was published: the budget does not admit it to what the store has now. */
    void requireRejects(byte[] key, byte[] value) {
        Change rejected = new Change(key, value, -1, 0);
        require(decided == changes.size() && !hasFailed, "rejected while others were under way", rejected);
        require(apply(rejected) == Outcome.OUT_OF_MEMORY, "rejected though there is memory", rejected);
        SimulationCoverage.CHANGES_REJECTED_UNPUBLISHED.met();
    }

    /** A change as a log has it, or {@code null} of the store's own events. */
    static Change ofRecord(RecordFlyweight read) {
        if (read.type() == EventType.SET) {
            return new Change(read.key(), read.value(), -1, 0);
        }
        return read.type() == EventType.DELETE ? new Change(read.key(), null, -1, 0) : null;
    }

    /**
     * A log was read: it must hold the changes in their order, up to some one, and at least as many as promised.
     *
     * @param read the changes in the log
     * @param allAcknowledged whether every acknowledged change is promised
     * @param mayBeFull whether changes whose outcome nobody learned may have been refused for a full disk
     */
    void requirePrefix(List<Change> read, boolean allAcknowledged, boolean mayBeFull) {
        int at = 0;
        for (Change inLog : read) {
            while (mayBeFull
                    && at < changes.size()
                    && mayBeMissing(changes.get(at))
                    && !changes.get(at).isSameAs(inLog)) {
                at++;
            }
            require(at < changes.size(), "is in the log, but was never published", inLog);
            require(changes.get(at).isSameAs(inLog), "is expected in the log where there is " + inLog, changes.get(at));
            at++;
        }
        if (at > acknowledged) {
            SimulationCoverage.CHANGES_OF_UNKNOWN_OUTCOME_RECOVERED.met();
        } else if (at < acknowledged && !allAcknowledged) {
            SimulationCoverage.UNPROMISED_CHANGES_LOST.met();
        }
        if (allAcknowledged && at < acknowledged) {
            throw new AssertionError(
                    "lost: " + changes.get(at) + ", acknowledged, number " + at + " of " + acknowledged);
        }
    }

    /** Whether nobody knows what became of it: it may have been refused for want of space. */
    private static boolean mayBeMissing(Change change) {
        return change.outcome == null || change.outcome == Outcome.FAILED;
    }

    /**
     * Of what was acknowledged, all must be in the log but for the changes of the last moments.
     *
     * @param count of changes in the log
     * @param millis how long before the last one that was acknowledged the oldest lost one may lie
     */
    void requireLostWithin(int count, long millis) {
        if (count < acknowledged) {
            Change lost = changes.get(count);
            Change last = changes.get(acknowledged - 1);
            require(
                    last.publishedAt - lost.decidedAt <= millis,
                    "lost, though acknowledged " + (last.publishedAt - lost.decidedAt) + " ms before the last one",
                    lost);
        }
    }

    /** The log was opened: what it holds is what there is from now on. */
    void adopt(List<Change> read) {
        changes = new ArrayList<>(read);
        replay();
    }

    /** All that is acknowledged must be in the store, and nothing else; only while nothing is pending. */
    void requireEqual(Poro poro, byte[][] keys) {
        for (byte[] key : keys) {
            requireEqual(poro, key);
        }
        if (poro.keys() != model.keys() || poro.digest() != model.digest()) {
            throw new AssertionError("the store has " + poro.keys() + " keys with digest "
                    + Long.toHexString(poro.digest()) + ", the model " + model.keys() + " with "
                    + Long.toHexString(model.digest()));
        }
    }

    /** A read must see just what is acknowledged. */
    void requireEqual(Poro poro, byte[] key) {
        byte[] read = poro.get(key);
        byte[] expected = model.get(key);
        if (!Arrays.equals(read, expected)) {
            throw new AssertionError(
                    "read of " + Arrays.toString(key) + ": " + describe(read) + ", expected " + describe(expected));
        }
    }

    private static String describe(byte[] value) {
        return value == null ? "none" : Arrays.toString(Arrays.copyOf(value, Math.min(8, value.length)));
    }

    int acknowledged() {
        return acknowledged;
    }

    boolean hasPending() {
        return decided < changes.size();
    }

    private static void require(boolean condition, String what, Change change) {
        if (!condition) {
            throw new AssertionError(change + ": " + what);
        }
    }

    @Override
    public void close() {
        model.close();
        RawMemory.free(buffer, BUFFER_LENGTH);
    }
}
