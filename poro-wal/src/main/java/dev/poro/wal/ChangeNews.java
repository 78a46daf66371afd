package dev.poro.wal;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Who waits for more of the change log. Each is told once, by the thread that made more of it visible: the single
 * writer of the state machine, or the one that forces the log. While nobody waits, that costs them one look.
 * Thread-safe.
 */
final class ChangeNews {
    private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean isAwaited;
    /** The highest sequence whose changes are visible. */
    private volatile LongSupplier visible = () -> Long.MAX_VALUE;

    /** From now on, changes of events up to this sequence are visible once they are written. */
    void showUpTo(LongSupplier newVisible) {
        visible = newVisible;
    }

    /**
     * Has someone told of the next news. What was visible before this call is none: look again after it.
     *
     * @param told must be quick and throw nothing
     */
    void tellOnce(Runnable told) {
        waiting.add(told);
        isAwaited = true;
    }

    /** Takes back what {@link #tellOnce} asked for; may come too late. */
    void cancel(Runnable told) {
        waiting.remove(told);
    }

    /**
     * Changes of events from this sequence on were written, by a volatile write. What is forced already is visible by
     * that: whoever was told when it was forced may have looked too early. The rest is news when it is forced.
     */
    void tellOfFrame(long firstSequence) {
        if (visible.getAsLong() >= firstSequence) {
            tell();
        }
    }

    /** There is news. What makes it so was written by a volatile write, or a fence came between. */
    void tell() {
        if (!isAwaited) {
            return;
        }
        isAwaited = false;
        for (Runnable each : waiting.toArray(new Runnable[0])) {
            if (waiting.remove(each)) { // before it is told: it may come back at once
                each.run();
            }
        }
    }
}
