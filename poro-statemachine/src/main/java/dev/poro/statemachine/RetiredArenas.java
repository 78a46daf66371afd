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
 * Arenas that are no longer in use, except by threads that may still be reading them. Each is released as soon as no
 * thread can be reading it. This costs the reads nothing. Instead, the stacks of all threads are examined when a store
 * is closed, which happens rarely: a thread seen outside a read once cannot reach the arena any more. Threads that were
 * in a read are examined again when the next arena is allocated or retired. The garbage collector releases what is left
 * after that, together with the arena.
 *
 * <p>The stacks of virtual threads are not visible; {@link VirtualReaders} counts their reads.
 *
 * <p>This relies on HotSpot: a stack trace shows every method that has not returned, and its thread has seen all memory
 * writes before the trace. On any other JVM only the garbage collector releases memory.
 *
 * <p>Thread-safe.
 */
final class RetiredArenas {
    /** The methods of {@link StateMachine} and {@link Reads} that use a table. */
    private static final Set<String> METHODS = Set.of(
            "readCopy",
            "readInto",
            "readStamp",
            "readReport",
            "readEntries",
            "apply",
            "copyValue",
            "readInPlace",
            "prefetch",
            "stepSnapshot",
            "beginSnapshot",
            "forEach",
            "forEachByExpiry",
            "longestValue");

    private static final Set<Class<?>> CLASSES = Set.of(StateMachine.class, Reads.class);
    private static final Set<String> CLASS_NAMES =
            CLASSES.stream().map(Class::getName).collect(Collectors.toSet());

    /** The only other class that uses a table. */
    private static final String PREFETCH_GROUP = PrefetchGroup.class.getName();

    /** Whether stack traces can be relied on: not on other JVMs, nor if a tool has renamed the methods. */
    private static final boolean STACKS_TELL = areStacksExact(System.getProperty("java.vm.name", "")) && areMethods();

    private static final int MOST_LOOKS = 20;
    private static final long PAUSE_NS = 1_000_000;

    private static final List<RetiredArenas> PENDING = new ArrayList<>();

    private final WeakReference<Arena> arena;
    private final VirtualReaders virtualReaders;

    /** The threads that were in a read at every examination so far; {@code null} before the first. */
    private Set<Thread> inside;

    private RetiredArenas(Arena arena, VirtualReaders virtualReaders) {
        this.arena = new WeakReference<>(arena);
        this.virtualReaders = virtualReaders;
    }

    /** True for HotSpot, under the names that Oracle and OpenJDK give it; not for OpenJ9, Zing or a native image. */
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
     * Releases an arena, which no new reader can reach, as soon as no thread is reading it. Waits a few milliseconds
     * for that at most. Never fails: an arena that cannot be released now is left to a later call or to the garbage
     * collector.
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
            return; // left to the garbage collector
        }
        sweep();
    }

    /**
     * Releases what can be released; returns whether nothing is left. If heap or stack do not suffice, a later call
     * does it.
     */
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
            return true; // an earlier call may have failed after the release
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
     * The threads that use a table of any store. The JVM takes their stacks at a safepoint, so all of them have seen
     * what the caller did before.
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
