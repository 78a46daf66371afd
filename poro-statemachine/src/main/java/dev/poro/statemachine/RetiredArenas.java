package dev.poro.statemachine;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Arenas that are no longer in use, but for threads that may still be reading them: each is given back as soon as no
 * thread can be inside. Reads cost nothing for it. Instead the stacks of all threads are looked at when a store is
 * closed, which happens rarely: who was seen outside once cannot come in any more. Threads in the midst of a read for
 * long are looked at again when the next arena is taken or retired. What is left after that the garbage collector gives
 * back, with the arena.
 *
 * <p>Stacks do not tell of virtual threads; these announce their reads to {@link VirtualReaders}.
 *
 * <p>Thread-safe.
 */
final class RetiredArenas {
    /** The methods of {@link StateMachine} that use a table, and the other class that does. */
    private static final Set<String> METHODS = Set.of(
            "readCopy", "readInto", "readReport", "apply", "prefetch", "stepSnapshot", "beginSnapshot", "forEach");

    private static final String STATE_MACHINE = StateMachine.class.getName();
    private static final String UPCOMING_EVENTS = UpcomingEvents.class.getName();

    private static final int MOST_LOOKS = 20;
    private static final long PAUSE_NS = 1_000_000;

    private static final List<RetiredArenas> PENDING = new ArrayList<>();

    private final WeakReference<Arena> arena;
    private final VirtualReaders virtualReaders;

    /** Who was inside at every look until now; {@code null} before the first. */
    private Set<Thread> inside;

    private RetiredArenas(Arena arena, VirtualReaders virtualReaders) {
        this.arena = new WeakReference<>(arena);
        this.virtualReaders = virtualReaders;
    }

    /**
     * Gives an arena back that no thread can come into any more, as soon as none is in it; waits for that a few
     * milliseconds at most.
     */
    static void retire(Arena arena, VirtualReaders virtualReaders) {
        synchronized (PENDING) {
            PENDING.add(new RetiredArenas(arena, virtualReaders));
        }
        for (int look = 0; look < MOST_LOOKS && !sweep(); look++) {
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** {@link #retire} without waiting, and without failing. */
    static void retireLater(Arena arena, VirtualReaders virtualReaders) {
        try {
            synchronized (PENDING) {
                PENDING.add(new RetiredArenas(arena, virtualReaders));
            }
            sweep();
        } catch (RuntimeException | Error e) {
            // The next arena's turn, or the garbage collector's.
            return;
        }
    }

    /** Gives back what can be; whether nothing is left. */
    static boolean sweep() {
        synchronized (PENDING) {
            if (PENDING.isEmpty()) {
                return true;
            }
            Set<Thread> readers = threadsInside();
            PENDING.removeIf(each -> each.isReleased(readers));
            return PENDING.isEmpty();
        }
    }

    private boolean isReleased(Set<Thread> readers) {
        Arena retired = arena.get();
        if (retired == null) {
            return true;
        }
        if (inside == null) {
            inside = new HashSet<>(readers);
        } else {
            inside.retainAll(readers);
        }
        if (!inside.isEmpty() || virtualReaders.areInside()) {
            return false;
        }
        retired.release();
        return true;
    }

    /**
     * The threads that use a table of any store. Their stacks are taken while all threads stand still, so all of them
     * have seen by then what the caller did before.
     */
    private static Set<Thread> threadsInside() {
        Set<Thread> threads = new HashSet<>();
        for (Map.Entry<Thread, StackTraceElement[]> each :
                Thread.getAllStackTraces().entrySet()) {
            if (each.getKey() != Thread.currentThread() && isInside(each.getValue())) {
                threads.add(each.getKey());
            }
        }
        return threads;
    }

    private static boolean isInside(StackTraceElement[] stack) {
        for (StackTraceElement frame : stack) {
            String name = frame.getClassName();
            if (name.equals(UPCOMING_EVENTS)
                    || (name.equals(STATE_MACHINE) && METHODS.contains(frame.getMethodName()))) {
                return true;
            }
        }
        return false;
    }
}
