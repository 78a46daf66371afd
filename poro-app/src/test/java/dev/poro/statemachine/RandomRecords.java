package dev.poro.statemachine;

import java.util.Random;

/** {@link RandomEvents} with keys that a test chooses and values that are not long. */
public final class RandomRecords {
    private final RandomEvents events;

    /**
     * Makes records.
     *
     * @param maxValueLength of a SET, at most; a SPLICE may make a longer one
     */
    public RandomRecords(Random random, byte[][] keys, int maxValueLength) {
        this(random, keys, maxValueLength, false);
    }

    /**
     * Makes records, of which some carry a token.
     *
     * @param withTokens whether any do
     */
    public RandomRecords(Random random, byte[][] keys, int maxValueLength, boolean withTokens) {
        EntryGenerator generator = new EntryGenerator(random, 0) {
            @Override
            byte[] key() {
                return keys[random.nextInt(keys.length)];
            }

            @Override
            byte[] value() {
                byte[] value = new byte[random.nextInt(maxValueLength + 1)];
                random.nextBytes(value);
                return value;
            }
        };
        events = new RandomEvents(random, generator, withTokens);
    }

    /**
     * The next record.
     *
     * @param sequence of the last event
     * @param time of the next event
     */
    public byte[] next(long sequence, long time) {
        return events.next(sequence, time);
    }
}
