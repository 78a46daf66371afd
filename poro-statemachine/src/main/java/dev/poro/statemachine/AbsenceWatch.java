package dev.poro.statemachine;

/**
 * Notices that a key that was absent is created, also if it is absent again later: an absent key has no sequence that
 * would tell. Kept by {@link AbsenceWatches} for as long as somebody else refers to it. Thread-safe.
 */
public final class AbsenceWatch {
    private volatile boolean created;

    AbsenceWatch() {}

    /** Whether the key was created since the watch began; exact while no event is being applied. */
    public boolean isCreated() {
        return created;
    }

    void keyCreated() {
        created = true;
    }
}
