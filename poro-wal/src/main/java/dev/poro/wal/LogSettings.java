package dev.poro.wal;

import dev.poro.events.Limits;
import dev.poro.events.RecordDescriptor;
import java.time.Duration;
import java.util.function.Consumer;

/** The settings of a log. Immutable. */
public final class LogSettings {
    /** Default log growth that makes a snapshot due, in bytes. */
    public static final long DEFAULT_SNAPSHOT_AFTER = 256L << 20;

    /** Default length of a segment file, in bytes. */
    public static final int DEFAULT_SEGMENT_LENGTH = SegmentDescriptor.DEFAULT_LENGTH;

    /** Default time that the system's clock must be ahead before log time follows it. */
    public static final Duration DEFAULT_CLOCK_STEP_HOLD = Duration.ofSeconds(60);

    /** Bytes of a log's first segment, if the longest record fits. */
    private static final int FIRST_SEGMENT_LENGTH = 4 << 20;

    private final Values values;

    /** Whether a log is that of a replica, whose events a cluster orders. */
    private enum Membership {
        NONE,
        REPLICA,
        /** One that has events from before. */
        ADOPTED
    }

    /** Written before the settings that hold them are published, and never again. */
    private static final class Values implements Cloneable {
        SyncPolicy syncPolicy;
        RecoveryMode recoveryMode;
        int segmentLength;
        int maxValueLength = Limits.MAX_VALUE_LENGTH;
        long snapshotAfter = DEFAULT_SNAPSHOT_AFTER;
        /** {@code null} for the retention that STORE holds. */
        Retention retention;
        /** {@code null} for what STORE holds. */
        Retention changes;

        boolean releases = true;
        Duration clockStepHold = DEFAULT_CLOCK_STEP_HOLD;
        Membership replica = Membership.NONE;
        Duration spaceWait = Duration.ZERO;

        @Override
        protected Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /**
     * @param segmentLength bytes of a new segment file, a multiple of 4096 from 16 KiB to 1 GiB; existing segments keep
     *     their length, and the first one may be shorter
     */
    public LogSettings(SyncPolicy syncPolicy, RecoveryMode recoveryMode, int segmentLength) {
        if (segmentLength < SegmentDescriptor.MIN_LENGTH
                || segmentLength > SegmentDescriptor.MAX_LENGTH
                || segmentLength % SegmentDescriptor.LENGTH_UNIT != 0) {
            throw new IllegalArgumentException("segment length must be a multiple of " + SegmentDescriptor.LENGTH_UNIT
                    + " from " + SegmentDescriptor.MIN_LENGTH + " to " + SegmentDescriptor.MAX_LENGTH + ": "
                    + segmentLength);
        }
        values = new Values();
        values.syncPolicy = syncPolicy;
        values.recoveryMode = recoveryMode;
        values.segmentLength = segmentLength;
    }

    private LogSettings(LogSettings other, Consumer<Values> change) {
        values = other.values.clone();
        change.accept(values);
    }

    /**
     * These settings with another limit for log growth. A snapshot is taken once the log since the last one is longer
     * than the limit and than the live data.
     *
     * @param bytes 0 or more; {@link Long#MAX_VALUE} for snapshots on request only
     */
    public LogSettings snapshotAfter(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a snapshot after " + bytes + " bytes of log: 0 or more");
        }
        return new LogSettings(this, changed -> changed.snapshotAfter = bytes);
    }

    /**
     * These settings with another retention, which is stored with the log. An opening without a retention uses the
     * stored one; {@link Retention#NONE} if none is stored.
     *
     * @param history {@code null} for the stored one
     */
    public LogSettings retain(Retention history) {
        return new LogSettings(this, changed -> changed.retention = history);
    }

    /**
     * These settings with a change log of which so much is kept, which is stored with the log.
     *
     * @param kept {@link Retention#NONE} for no change log; {@code null} for what is stored
     */
    public LogSettings keepChanges(Retention kept) {
        return new LogSettings(this, changed -> changed.changes = kept);
    }

    /** These settings under another policy. */
    LogSettings under(SyncPolicy policy) {
        return new LogSettings(this, changed -> changed.syncPolicy = policy);
    }

    /** These settings, but nothing of the log is deleted while it is open, whatever its retention. */
    public LogSettings releaseNothing() {
        return new LogSettings(this, changed -> changed.releases = false);
    }

    /**
     * These settings for values of at most this many bytes.
     *
     * @param bytes from 0 to {@link Limits#MAX_VALUE_LENGTH}, the default
     */
    public LogSettings maxValueLength(int bytes) {
        if (bytes < 0 || bytes > Limits.MAX_VALUE_LENGTH) {
            throw new IllegalArgumentException(
                    "values of up to " + bytes + " bytes: from 0 to " + Limits.MAX_VALUE_LENGTH);
        }
        return new LogSettings(this, changed -> changed.maxValueLength = bytes);
    }

    /**
     * These settings with another time that the system's clock must be ahead before log time follows it. So a wrong
     * reading that lasts less long expires nothing early.
     *
     * @param hold zero or more; zero to follow the system's clock at once
     */
    public LogSettings clockStepHold(Duration hold) {
        if (hold.isNegative()) {
            throw new IllegalArgumentException("a clock that is ahead held for " + hold + ": zero or more");
        }
        return new LogSettings(this, changed -> changed.clockStepHold = hold);
    }

    /**
     * These settings for the log of a replica: its events come in messages of a cluster's log, with times and
     * positions.
     *
     * @param adopts whether a log that has events already, and is of no cluster, becomes one
     * @param waitForSpace how long a message that the log has no space for waits before the store stops, because no
     *     message may be left out
     */
    public LogSettings replica(boolean adopts, Duration waitForSpace) {
        if (waitForSpace.isNegative()) {
            throw new IllegalArgumentException("a wait for space of " + waitForSpace + ": zero or more");
        }
        return new LogSettings(this, changed -> {
            changed.replica = adopts ? Membership.ADOPTED : Membership.REPLICA;
            changed.spaceWait = waitForSpace;
        });
    }

    /** Whether the log is that of a replica. */
    boolean isReplica() {
        return values.replica != Membership.NONE;
    }

    /** Whether a log that has events already, and is of no cluster, becomes that of a replica. */
    public boolean adopts() {
        return values.replica == Membership.ADOPTED;
    }

    /** How long a message waits for space. */
    Duration spaceWait() {
        return values.spaceWait;
    }

    /** The version of new segments. */
    int segmentVersion() {
        return isReplica() ? SegmentDescriptor.REPLICA_VERSION : SegmentDescriptor.FORMAT_VERSION;
    }

    /** How long the system's clock must be ahead before log time follows it. */
    public Duration clockStepHold() {
        return values.clockStepHold;
    }

    /** How much history is kept; {@code null} for the retention that is stored with the log. */
    public Retention retention() {
        return values.retention;
    }

    /**
     * How much of the change log is kept; {@link Retention#NONE} if there is none, {@code null} for what is stored with
     * the log.
     */
    public Retention changes() {
        return values.changes;
    }

    /** Whether history beyond the retention is deleted. */
    boolean releases() {
        return values.releases;
    }

    /** When an event counts as acknowledged. */
    public SyncPolicy syncPolicy() {
        return values.syncPolicy;
    }

    /** What opening may change in a log that does not end cleanly. */
    public RecoveryMode recoveryMode() {
        return values.recoveryMode;
    }

    /** Log growth allowed before the next snapshot, in bytes. */
    public long snapshotAfter() {
        return values.snapshotAfter;
    }

    /** Bytes of a new segment file. */
    public int segmentLength() {
        return values.segmentLength;
    }

    /** Bytes of the first segment of a log: 4 MiB, or what the longest record needs. */
    int firstSegmentLength() {
        int longest = RecordDescriptor.recordLength(Limits.MAX_KEY_LENGTH, values.maxValueLength);
        int needed = SegmentDescriptor.lengthFor(Math.min(longest, maxRecordLength()) + overhead());
        return Math.min(values.segmentLength, Math.max(FIRST_SEGMENT_LENGTH, needed));
    }

    /** Bytes of the longest record, which the format and the length of a segment limit. */
    public int maxRecordLength() {
        return Math.min(Limits.MAX_RECORD_LENGTH, values.segmentLength - overhead());
    }

    private int overhead() {
        return SegmentDescriptor.overhead(segmentVersion());
    }
}
