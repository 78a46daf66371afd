package dev.poro.wal;

/** What the frames of a log are stamped with. One thread. */
interface FrameClock {
    /** A frame begins. */
    void tick();

    /** Its time, in milliseconds since the epoch; never less than that of an earlier frame. */
    long millis();

    /** When it began, by a clock that nobody sets. */
    long nanos();
}
