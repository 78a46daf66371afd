package dev.poro.wal;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How much history a log keeps: segments, and the snapshots that lead through them, that nothing needs any more to open
 * the log. History always begins with the first event or with a snapshot, so that each state since can be had again.
 * Immutable.
 */
public final class Retention {
    /** Nothing but what opening may need. */
    public static final Retention NONE = new Retention(0, null);

    /** Everything: no segment and no snapshot is ever deleted. */
    public static final Retention ALL = new Retention(Long.MAX_VALUE, null);

    private final long bytes;
    /** {@code null} if only the size counts. */
    private final Duration age;

    private Retention(long bytes, Duration age) {
        this.bytes = bytes;
        this.age = age;
    }

    /**
     * Files of so many bytes at most, besides those that opening may need.
     *
     * @param bytes 0 or more
     */
    public static Retention ofSize(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a history of " + bytes + " bytes: 0 or more");
        }
        return new Retention(bytes, null);
    }

    /**
     * All that is needed for each state since so long ago.
     *
     * @param age 0 or more
     */
    public static Retention ofAge(Duration age) {
        if (age.isNegative()) {
            throw new IllegalArgumentException("a history of " + age + ": 0 or more");
        }
        return new Retention(Long.MAX_VALUE, age);
    }

    /** What {@link #bytes} and {@link #age} say. */
    static Retention of(long bytes, Duration age) {
        if (age == null) {
            return ofSize(bytes);
        }
        return ofAge(age);
    }

    /** At most; {@link Long#MAX_VALUE} for any number. */
    long bytes() {
        return bytes;
    }

    /** At least; {@code null} if only the size counts. */
    Duration age() {
        return age;
    }

    boolean isOfAll() {
        return bytes == Long.MAX_VALUE && age == null;
    }

    /**
     * Where the history is to begin.
     *
     * @param beginnings where it can, the oldest first; the last one leaves no history
     * @param now milliseconds since the epoch
     */
    Beginning choose(List<Beginning> beginnings, long now) {
        Beginning chosen = beginnings.get(beginnings.size() - 1);
        if (age == null) {
            return beginnings.stream()
                    .filter(beginning -> beginning.bytes() <= bytes)
                    .findFirst()
                    .orElse(chosen);
        }
        chosen = beginnings.get(0);
        for (Beginning later : beginnings) {
            if (isOld(later.timestamp(), now)) {
                chosen = later;
            }
        }
        return chosen;
    }

    /** Whatever the numbers are: durations are longer than a long has milliseconds. */
    private boolean isOld(long timestamp, long now) {
        return timestamp <= now
                && Duration.ofMillis(now).minus(Duration.ofMillis(timestamp)).compareTo(age) >= 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Retention that && bytes == that.bytes && Objects.equals(age, that.age);
    }

    @Override
    public int hashCode() {
        return Objects.hash(bytes, age);
    }

    /** As {@code --retain} takes it, but for the unit of bytes. */
    @Override
    public String toString() {
        if (isOfAll()) {
            return "all";
        }
        if (age != null) {
            return textOf(age);
        }
        return bytes == 0 ? "none" : bytes + " bytes";
    }

    private static String textOf(Duration age) {
        if (age.getNano() != 0) {
            return age.toString();
        }
        long seconds = age.getSeconds();
        if (seconds % 60 != 0 || seconds == 0) {
            return seconds + "s";
        }
        if (seconds % 3_600 != 0) {
            return seconds / 60 + "min";
        }
        return seconds % 86_400 == 0 ? seconds / 86_400 + "d" : seconds / 3_600 + "h";
    }

    /**
     * A place where a history can begin: behind a snapshot, or with the first event.
     *
     * @param sequence of the snapshot; 0 for the first event
     * @param timestamp when it was made, in milliseconds since the epoch
     * @param bytes of the files that it takes to go on from there to where opening may begin
     */
    record Beginning(long sequence, long timestamp, long bytes) {}
}
