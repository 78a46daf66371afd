package dev.poro.wal;

/** The clock for the timestamps of frames. One thread. */
interface FrameClock {
    /** A frame begins: reads the time. */
    void tick();

    /** The frame's time, in milliseconds since the epoch; never less than that of an earlier frame. */
    long millis();

    /** When the frame began, in nanoseconds of a monotonic clock. */
    long nanos();
}
