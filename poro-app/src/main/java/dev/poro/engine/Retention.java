package dev.poro.engine;

import java.time.Duration;
import java.util.Objects;

/**
 * How much history a store keeps: the part of its log, with the snapshots in it, that opening does not need. History
 * begins with the first event or with a snapshot, so that every state since then can be restored. Immutable.
 */
public final class Retention {
    /** Only what opening may need. */
    public static final Retention NONE = new Retention(dev.poro.wal.Retention.NONE);

    /** Everything: no segment and no snapshot is ever deleted. */
    public static final Retention ALL = new Retention(dev.poro.wal.Retention.ALL);

    private final dev.poro.wal.Retention ofLog;

    private Retention(dev.poro.wal.Retention ofLog) {
        this.ofLog = ofLog;
    }

    /**
     * History of at most the given length, in addition to the files that opening may need.
     *
     * @param bytes 0 or more
     * @throws IllegalArgumentException if negative
     */
    public static Retention ofSize(long bytes) {
        return new Retention(dev.poro.wal.Retention.ofSize(bytes));
    }

    /**
     * Everything that is needed to restore each state of the given time before now.
     *
     * @param age 0 or more
     * @throws IllegalArgumentException if negative
     */
    public static Retention ofAge(Duration age) {
        return new Retention(dev.poro.wal.Retention.ofAge(Objects.requireNonNull(age, "age")));
    }

    static Retention of(dev.poro.wal.Retention ofLog) {
        return new Retention(ofLog);
    }

    dev.poro.wal.Retention ofLog() {
        return ofLog;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Retention that && ofLog.equals(that.ofLog);
    }

    @Override
    public int hashCode() {
        return ofLog.hashCode();
    }

    /** The form that the option {@code --retain} takes, except that sizes are in bytes. */
    @Override
    public String toString() {
        return ofLog.toString();
    }
}
