package dev.poro.simulation;

import dev.poro.engine.Pipeline;
import dev.poro.engine.PipelineOutcome;
import dev.poro.engine.RecordedRing;
import dev.poro.events.EventType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/** A pipeline of random sets, deletes and reads in a {@link Simulation}, and what must come of it. */
final class SimulatedPipeline {
    private static final int MOST = 24;

    private final Pipeline pipeline;
    private final LongSupplier time;
    private final List<Step> steps = new ArrayList<>();

    /** A set, the deletion if there is no record of a value, or a read if there is no record at all. */
    private static final class Step {
        private final String key;
        private final byte[] keyBytes;
        private final byte[] value;
        private final byte[] record;

        Step(byte[] keyBytes, byte[] value, byte[] record) {
            this.key = Arrays.toString(keyBytes);
            this.keyBytes = keyBytes;
            this.value = value;
            this.record = record;
        }
    }

    /**
     * @param time by which the store judges expiries
     * @param values makes a value of a length
     * @param records makes a record of a key and a value, which is {@code null} for a deletion
     */
    SimulatedPipeline(
            Pipeline pipeline,
            LongSupplier time,
            Random random,
            byte[][] keys,
            IntFunction<byte[]> values,
            Records records) {
        this.pipeline = pipeline;
        this.time = time;
        int longest = 1 << random.nextInt(9);
        for (int count = 1 + random.nextInt(MOST); count > 0; count--) {
            byte[] key = keys[random.nextInt(keys.length)];
            int kind = random.nextInt(5);
            byte[] value = kind < 2 ? values.apply(random.nextInt(longest)) : null;
            byte[] record = kind < 3 ? records.of(key, value) : null;
            steps.add(new Step(key, value, record));
            if (value != null) {
                pipeline.set(key, value);
            } else if (record != null) {
                pipeline.delete(key);
            } else {
                pipeline.get(key);
            }
        }
    }

    /** Makes the record of a set, or of a deletion. */
    interface Records {
        byte[] of(byte[] key, byte[] value);
    }

    /**
     * It was executed.
     *
     * @param published the events that came into the ring meanwhile, in order
     * @param hasStopped whether the store has
     * @param contents what the store has under a key, but for the pipeline's own changes; {@code null} if unknown
     */
    void requireResults(List<RecordedRing.Event> published, boolean hasStopped, Function<byte[], byte[]> contents) {
        List<RecordedRing.Event> events = published.stream()
                .filter(event -> event.record()[0] != EventType.EXPIRE_DUE.code())
                .toList();
        Map<String, byte[]> changed = new HashMap<>();
        int taken = 0;
        for (int index = 0; index < steps.size(); index++) {
            Step step = steps.get(index);
            PipelineOutcome outcome = pipeline.outcome(index);
            boolean isDone = outcome != PipelineOutcome.UNKNOWN && outcome != PipelineOutcome.NOT_DONE;
            require(isDone || hasStopped, index, "was not done");
            if (step.record == null) {
                requireRead(index, step, isDone, changed, contents);
            } else if (outcome != PipelineOutcome.NOT_DONE) {
                require(taken < events.size(), index, "was not published");
                requireChange(index, step, events.get(taken++), changed);
            }
        }
        require(taken == events.size(), steps.size(), events.size() + " events were published");
    }

    private void requireChange(int index, Step step, RecordedRing.Event event, Map<String, byte[]> changed) {
        require(Arrays.equals(event.record(), step.record), index, "is another event in the ring");
        PipelineOutcome outcome = pipeline.outcome(index);
        if (outcome == PipelineOutcome.UNKNOWN) {
            require(event.outcome() == null || event.outcome().name().equals("FAILED"), index, "is known");
            return;
        }
        require(outcome.name().equals(event.outcome().name()), index, "should be " + event.outcome());
        if (!outcome.isRejected()) {
            require(pipeline.number(index) == event.number(), index, "should have number " + event.number());
            changed.put(step.key, step.value);
        }
    }

    private void requireRead(
            int index, Step step, boolean isDone, Map<String, byte[]> changed, Function<byte[], byte[]> contents) {
        if (!isDone) {
            return;
        }
        byte[] value = pipeline.value(index);
        if (changed.containsKey(step.key)) {
            require(Arrays.equals(value, changed.get(step.key)), index, "does not see the change before it");
        } else if (contents != null && !isChangedLater(step)) {
            byte[] there = contents.apply(step.keyBytes);
            require(
                    Arrays.equals(value, there) || mayHaveExpired(index, there),
                    index,
                    "sees " + Arrays.toString(value) + ", expiry " + pipeline.expiryMillis(index) + ", but there is "
                            + Arrays.toString(there));
        }
    }

    /** The clock may have moved since. */
    private boolean mayHaveExpired(int index, byte[] there) {
        return there == null && pipeline.expiryMillis(index) >= 0 && pipeline.expiryMillis(index) <= time.getAsLong();
    }

    private boolean isChangedLater(Step read) {
        return steps.stream().anyMatch(step -> step.record != null && step.key.equals(read.key));
    }

    private void require(boolean condition, int index, String what) {
        if (!condition) {
            String which =
                    index < steps.size() ? steps.get(index).key + ", " + pipeline.outcome(index) : "the pipeline";
            throw new AssertionError(index + " of " + steps.size() + " (" + which + "): " + what);
        }
    }
}
