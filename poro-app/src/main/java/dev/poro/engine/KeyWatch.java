package dev.poro.engine;

import dev.poro.statemachine.AbsenceWatch;
import dev.poro.statemachine.StateMachine;
import java.util.Objects;

/**
 * Notices whether a key has changed since {@link Poro#watch} was called, even if it is absent now and was then.
 * Thread-safe. Needs no end: a watch that nobody refers to costs nothing.
 */
public final class KeyWatch {
    private final Poro poro;
    private final byte[] key;
    private final long sequence;

    /** Of a key that was absent, otherwise {@code null}. */
    private final AbsenceWatch absence;

    /** Begins to watch. */
    @SuppressWarnings("try") // to be held is all that the resource is for
    static KeyWatch begin(Poro poro, StateMachine stateMachine, byte[] key) {
        byte[] copy = Objects.requireNonNull(key, "key").clone();
        long sequence = poro.sequenceOf(copy);
        if (sequence != Entry.ABSENT) {
            return new KeyWatch(poro, copy, sequence, null);
        }
        // Nothing is being applied while changes are held, so the watch misses no creation.
        try (ChangeHold hold = poro.holdChanges()) {
            AbsenceWatch absence = stateMachine.watchAbsence(copy);
            poro.awaitWriter();
            sequence = poro.sequenceOf(copy);
            return new KeyWatch(poro, copy, sequence, sequence == Entry.ABSENT ? absence : null);
        }
    }

    private KeyWatch(Poro poro, byte[] key, long sequence, AbsenceWatch absence) {
        this.poro = poro;
        this.key = key;
        this.sequence = sequence;
        this.absence = absence;
    }

    /** The version of the key when the watch began, {@link Entry#ABSENT} if it was absent. */
    public long sequence() {
        return sequence;
    }

    /**
     * Whether a version that is the same now says that the key has not changed: not of a key that was absent. Then
     * {@link #hasChanged} has to be asked while changes are held.
     */
    public boolean isVersionEnough() {
        return absence == null;
    }

    /**
     * Whether the key has changed. Exact for all changes whose methods have returned, and for all changes while the
     * calling thread {@linkplain Poro#holdChanges holds} them.
     */
    public boolean hasChanged() {
        return (absence != null && absence.isCreated()) || poro.sequenceOf(key) != sequence;
    }
}
