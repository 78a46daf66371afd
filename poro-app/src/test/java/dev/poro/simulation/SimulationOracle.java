package dev.poro.simulation;

import dev.poro.engine.Entry;
import dev.poro.engine.Poro;
import dev.poro.engine.RecordedRing;
import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.NaiveStateMachine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * What a store must hold, kept outside of it: the events in the order in which they were published, what became of
 * each, and what a naive state machine makes of them. Knows nothing of the log but its events.
 */
final class SimulationOracle implements AutoCloseable {
    private static final int BUFFER_LENGTH = 128 << 10;

    private final long buffer = RawMemory.allocate(BUFFER_LENGTH);
    private final RecordFlyweight record = new RecordFlyweight();

    /** Events that the store had when it was opened last, and those published since that were not refused. */
    private List<Change> changes = new ArrayList<>();

    /** Of the events that the store has published since it was opened, how many are among the changes. */
    private int taken;

    private int acknowledged;
    private int decided;
    /** How many of the changes the log had that was read last. */
    private int survived;

    private NaiveStateMachine model;
    private boolean hasFailed;

    SimulationOracle() {
        replay();
    }

    /** An event. Marks are none. */
    static final class Change {
        private final byte[] record;
        private final EventType type;
        /** {@code null} of one that was read from a log. */
        private final RecordedRing.Event published;

        private long sequence;
        private long timestamp;
        private long decidedAt;
        private Outcome outcome;

        /** One that was published. */
        Change(RecordedRing.Event published) {
            this.published = published;
            this.record = published.record();
            this.type = EventType.ofCode(record[0]);
        }

        /** One that was read from a log. */
        Change(long sequence, long timestamp, RecordFlyweight read) {
            this.published = null;
            this.record = new byte[read.length()];
            RawMemory.copy(read.address(), record, 0, record.length);
            this.type = read.type();
            this.sequence = sequence;
            this.timestamp = timestamp;
        }

        byte[] record() {
            return record;
        }

        long sequence() {
            return sequence;
        }

        long timestamp() {
            return timestamp;
        }

        boolean isSameAs(Change other) {
            return Arrays.equals(record, other.record);
        }

        /** An opening that fails may have published one, or none. */
        boolean isOfTheOpening() {
            return type == EventType.MEMORY_BUDGET;
        }

        @Override
        public String toString() {
            byte[] beginning = Arrays.copyOf(record, Math.min(60, record.length));
            return type + " record of " + record.length + " bytes " + Arrays.toString(beginning) + " of sequence "
                    + sequence + " at " + timestamp + ": " + outcome;
        }
    }

    /** Takes note of the events that were published. */
    void takePublished(RecordedRing ring) {
        List<RecordedRing.Event> published = ring.events();
        while (taken < published.size()) {
            changes.add(new Change(published.get(taken++)));
        }
    }

    /**
     * Takes note of the outcomes that are known by now.
     *
     * @param mayBeFull whether the disk was full at any time since the store was opened
     * @param hasStopped whether the store has stopped
     * @param now the time, in milliseconds
     */
    void takeOutcomes(RecordedRing ring, boolean mayBeFull, boolean hasStopped, long now) {
        takePublished(ring);
        while (decided < changes.size() && changes.get(decided).published.outcome() != null) {
            Change change = changes.get(decided);
            change.outcome = change.published.outcome();
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
                    change.sequence = change.published.logSequence();
                    change.timestamp = change.published.timestamp();
                    Outcome expected = apply(change);
                    require(change.outcome == expected, "should have been " + expected, change);
                    require(
                            change.published.number() == model.outcomeNumber(),
                            "has the number " + change.published.number() + ", not " + model.outcomeNumber(),
                            change);
                    decided++;
                    acknowledged = decided;
                    meet(change);
            }
        }
    }

    private void meet(Change change) {
        (change.outcome == Outcome.OUT_OF_MEMORY
                        ? SimulationCoverage.CHANGES_REFUSED_FOR_MEMORY
                        : SimulationCoverage.CHANGES_ACKNOWLEDGED)
                .met();
        if (change.type == EventType.EXPIRE_DUE && model.outcomeNumber() > 0) {
            SimulationCoverage.KEYS_EXPIRED.met();
        } else if (change.type == EventType.CLEAR && model.outcomeNumber() > 0) {
            SimulationCoverage.STORES_CLEARED.met();
        } else if (change.type == EventType.BATCH) {
            (change.outcome == Outcome.ACCEPTED
                            ? SimulationCoverage.BATCHES_ACCEPTED
                            : SimulationCoverage.BATCHES_REJECTED)
                    .met();
        } else if (change.outcome == Outcome.UNMET) {
            SimulationCoverage.CHANGES_UNMET.met();
        }
    }

    private void replay() {
        if (model != null) {
            model.close();
        }
        model = new NaiveStateMachine();
        changes.forEach(this::apply);
        taken = 0;
        decided = changes.size();
        acknowledged = decided;
        hasFailed = false;
    }

    private Outcome apply(Change change) {
        return model.apply(change.sequence, change.timestamp, wrap(change.record));
    }

    private RecordFlyweight wrap(byte[] bytes) {
        RawMemory.copy(bytes, 0, buffer, bytes.length);
        return record.wrap(buffer);
    }

    /** A set was rejected before it was published: the budget does not admit it to what the store has now. */
    void requireRejects(byte[] key, byte[] value, long time) {
        RecordEncoder.encodeSet(buffer, key, value);
        require(decided == changes.size() && !hasFailed, "rejected while others were under way");
        require(
                model.tryOut(time, record.wrap(buffer)) == Outcome.OUT_OF_MEMORY,
                "a set of " + value.length + " bytes rejected though there is memory");
        SimulationCoverage.CHANGES_REJECTED_UNPUBLISHED.met();
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
            if (inLog.isOfTheOpening()) {
                continue;
            }
            while (at < changes.size()
                    && !changes.get(at).isSameAs(inLog)
                    && (changes.get(at).isOfTheOpening() || (mayBeFull && mayBeMissing(changes.get(at))))) {
                at++;
            }
            require(at < changes.size(), "is in the log, but was never published", inLog);
            require(changes.get(at).isSameAs(inLog), "is expected in the log where there is " + inLog, changes.get(at));
            at++;
        }
        while (at < changes.size() && changes.get(at).isOfTheOpening()) {
            at++;
        }
        survived = at;
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
     * Of what was acknowledged, all must have been in the log that was read last but for the changes of the last
     * moments.
     *
     * @param millis how long before the last one that was acknowledged the oldest lost one may lie
     */
    void requireLostWithin(long millis) {
        if (survived < acknowledged) {
            Change lost = changes.get(survived);
            long last = changes.get(acknowledged - 1).published.publishedAt();
            require(
                    last - lost.decidedAt <= millis,
                    "lost, though acknowledged " + (last - lost.decidedAt) + " ms before the last one",
                    lost);
        }
    }

    /** The log was opened: what it holds is what there is from now on. */
    void adopt(List<Change> read) {
        changes = new ArrayList<>(read);
        replay();
    }

    /**
     * All that is acknowledged must be in the store, and nothing else; only while nothing is pending.
     *
     * @param time by which the store judges expiries
     */
    void requireEqual(Poro poro, byte[][] keys, LongSupplier time) {
        for (byte[] key : keys) {
            requireEqual(poro, key, time);
        }
        if (poro.keys() != model.keys() || poro.digest() != model.digest()) {
            throw new AssertionError("the store has " + poro.keys() + " keys with digest "
                    + Long.toHexString(poro.digest()) + ", the model " + model.keys() + " with "
                    + Long.toHexString(model.digest()));
        }
    }

    /** A read must see just what is acknowledged. */
    void requireEqual(Poro poro, byte[] key, LongSupplier time) {
        Entry entry = poro.entry(key);
        byte[] read = entry == null ? null : entry.value();
        byte[] expected = model.get(key, time.getAsLong());
        if (!Arrays.equals(read, expected)) {
            throw new AssertionError(
                    "read of " + Arrays.toString(key) + ": " + describe(read) + ", expected " + describe(expected));
        }
        if (entry != null) {
            OptionalLong expiry = model.expiryOf(key);
            boolean isSame = entry.sequence() == model.sequence(key)
                    && entry.expiry().isPresent() == expiry.isPresent()
                    && (expiry.isEmpty() || entry.expiry().get().toEpochMilli() == expiry.getAsLong());
            require(
                    isSame,
                    Arrays.toString(key) + " has " + entry + ", expected sequence " + model.sequence(key) + ", expiry "
                            + expiry);
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

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    @Override
    public void close() {
        model.close();
        RawMemory.free(buffer, BUFFER_LENGTH);
    }
}
