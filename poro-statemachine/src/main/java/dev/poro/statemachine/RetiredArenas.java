package dev.poro.statemachine;

import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Arenas that are no longer in use, but for threads that may still be reading them: each is given back as soon as no
 * thread can be inside. Reads cost nothing for it. Instead the stacks of all threads are looked at when a store is
 * closed, which happens rarely: who was seen outside once cannot come in any more. Threads in the midst of a read for
 * long are looked at again when the next arena is taken or retired. What is left after that the garbage collector gives
 * back, with the arena.
 *
 * <p>Stacks do not tell of virtual threads; these announce their reads to {@link VirtualReaders}.
 *
 * <p>That a stack shows every method that is not over, and that its thread has gone on from there with what memory held
 * by then, is true of HotSpot. On any other JVM the garbage collector gives everything back.
 *
 * <p>Thread-safe.
 */
final class RetiredArenas {
    /** The methods of {@link StateMachine} and {@link Reads} that use a table. */
    private static final Set<String> METHODS = Set.of(
            "readCopy", "readInto", "readReport", "apply", "prefetch", "stepSnapshot", "beginSnapshot", "forEach");

    private static final Set<Class<?>> CLASSES = Set.of(StateMachine.class, Reads.class);
    private static final Set<String> CLASS_NAMES =
            CLASSES.stream().map(Class::getName).collect(Collectors.toSet());

    /** The one other class that uses a table. */
    private static final String PREFETCH_GROUP = PrefetchGroup.class.getName();

    /** Not so on other JVMs, nor where a tool has renamed the methods. */
    private static final boolean STACKS_TELL = areStacksExact(System.getProperty("java.vm.name", "")) && areMethods();

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

    /** HotSpot as Oracle and as OpenJDK name it; not OpenJ9, Zing or a native image. */
    static boolean areStacksExact(String nameOfJvm) {
        return nameOfJvm.contains("HotSpot") || nameOfJvm.startsWith("OpenJDK");
    }

    private static boolean areMethods() {
        return CLASSES.stream()
                .flatMap(each -> Arrays.stream(each.getDeclaredMethods()))
                .map(Method::getName)
                .collect(Collectors.toSet())
                .containsAll(METHODS);
    }

    /**
     * Gives an arena back that no thread can come into any more, as soon as none is in it; waits for that a few
     * milliseconds at most. Never fails: what cannot be done now is left to the next arena or the collector.
     */
    static void retire(Arena arena, VirtualReaders virtualReaders) {
        retireLater(arena, virtualReaders);
        for (int look = 0; look < MOST_LOOKS && !sweep(); look++) {
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** {@link #retire} without waiting. */
    static void retireLater(Arena arena, VirtualReaders virtualReaders) {
        if (!STACKS_TELL) {
            return;
        }
        try {
            synchronized (PENDING) {
                PENDING.add(new RetiredArenas(arena, virtualReaders));
            }
        } catch (OutOfMemoryError | StackOverflowError e) {
            return; // the collector's
        }
        sweep();
    }

    /** Gives back what can be; whether nothing is left. Where heap or stack do not suffice, the next one does it. */
    static boolean sweep() {
        try {
            synchronized (PENDING) {
                if (PENDING.isEmpty()) {
                    return true;
                }
                Set<Thread> readers = threadsInside();
                PENDING.removeIf(each -> each.isReleased(readers));
                return PENDING.isEmpty();
            }
        } catch (OutOfMemoryError | StackOverflowError e) {
            return false;
        }
    }

    private boolean isReleased(Set<Thread> readers) {
        Arena retired = arena.get();
        if (retired == null || retired.state() == ArenaState.DEALLOCATE) {
            return true; // an earlier look may have been broken off behind the release
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

    /** Whether a thread with this stack uses a table. */
    static boolean isInside(StackTraceElement[] stack) {
        for (StackTraceElement frame : stack) {
            String name = frame.getClassName();
            if (name.equals(PREFETCH_GROUP)
                    || (CLASS_NAMES.contains(name) && METHODS.contains(frame.getMethodName()))) {
                return true;
            }
        }
        return false;
    }
}
