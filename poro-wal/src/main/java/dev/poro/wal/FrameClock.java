package dev.poro.wal;

/** The clock for the timestamps of frames. */
interface FrameClock {
    /** Log time in milliseconds since the epoch; never less than before. */
    long now();

    /** What the system's clock showed at the last {@link #now}, in milliseconds since the epoch. */
    long wallMillis();

    /** What the monotonic clock showed at the last {@link #now}, within a millisecond, in nanoseconds. */
    long nanos();
}
