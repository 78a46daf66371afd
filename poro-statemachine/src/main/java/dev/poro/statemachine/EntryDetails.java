package dev.poro.statemachine;

/** What an entry holds besides its value. Filled by a read, for the reader; not thread-safe. */
public final class EntryDetails {
    private long sequence;
    private long expiry = NewEntry.NO_EXPIRY;

    void set(long newSequence, long newExpiry) {
        sequence = newSequence;
        expiry = newExpiry;
    }

    void set(EntryDetails other) {
        set(other.sequence, other.expiry);
    }

    /** The log sequence of the event that changed the entry last; 0 if there is no entry. */
    public long sequence() {
        return sequence;
    }

    /** Whether the entry has an expiry. */
    public boolean expires() {
        return expiry != NewEntry.NO_EXPIRY;
    }

    /** When the entry expires, in milliseconds of log time since 1970; only if it {@link #expires}. */
    public long expiry() {
        return expiry;
    }
}
