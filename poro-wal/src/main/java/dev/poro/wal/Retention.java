package dev.poro.wal;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How much history a log keeps: segments, and the snapshots among them, that opening the log does not need any more.
 * History begins with the first event or with a snapshot, so that every later state can be restored. Immutable.
 */
public final class Retention {
    /** Only what opening may need. */
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
     * Keeps at most this many bytes of files, besides those that opening may need.
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
     * Keeps all files that are needed to restore any state of this age or less.
     *
     * @param age 0 or more
     */
    public static Retention ofAge(Duration age) {
        if (age.isNegative()) {
            throw new IllegalArgumentException("a history of " + age + ": 0 or more");
        }
        return new Retention(Long.MAX_VALUE, age);
    }

    /** The retention with these {@link #bytes} and {@link #age}. */
    static Retention of(long bytes, Duration age) {
        if (age == null) {
            return ofSize(bytes);
        }
        return ofAge(age);
    }

    /** Bytes at most; {@link Long#MAX_VALUE} for no limit. */
    long bytes() {
        return bytes;
    }

    /** Age at least; {@code null} if only the size counts. */
    Duration age() {
        return age;
    }

    boolean isOfAll() {
        return bytes == Long.MAX_VALUE && age == null;
    }

    /**
     * Chooses where the history begins.
     *
     * @param beginnings where it can begin, oldest first; the last one leaves no history
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
            if (isOld(later.timestamp(), now, age)) {
                chosen = later;
            }
        }
        return chosen;
    }

    /** Whether from one beginning to a later one is at least a quarter of what is kept; never if everything is. */
    boolean isQuarterApart(Beginning earlier, Beginning later) {
        if (isOfAll()) {
            return false;
        }
        return age == null
                ? earlier.bytes() - later.bytes() >= bytes / 4
                : isOld(earlier.timestamp(), later.timestamp(), age.dividedBy(4));
    }

    /** Calculates with durations, whose range is larger than that of milliseconds in a long. */
    private static boolean isOld(long timestamp, long now, Duration age) {
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

    /** In the form of {@code --retain}, except for the unit of bytes. */
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
     * A place where a history can begin: after a snapshot, or with the first event.
     *
     * @param sequence of the snapshot; 0 for the first event
     * @param timestamp when it was made, in milliseconds since the epoch
     * @param bytes of the files from there up to where opening may begin
     */
    record Beginning(long sequence, long timestamp, long bytes) {}
}
