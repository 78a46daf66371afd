package dev.poro.events;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** What kind of thread the calling one is. Poro is compiled for a JDK that has no virtual threads. */
public final class CurrentThread {
    /** {@code Thread.isVirtual}, or {@code null} on a JDK that has no virtual threads. */
    private static final MethodHandle IS_VIRTUAL = findIsVirtual();

    private CurrentThread() {}

    private static MethodHandle findIsVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException older) {
            return null;
        }
    }

    /** Whether the JDK has virtual threads. */
    public static boolean mayBeVirtual() {
        return IS_VIRTUAL != null;
    }

    /** Whether it is a virtual one. */
    public static boolean isVirtual() {
        if (IS_VIRTUAL == null) {
            return false;
        }
        try {
            return (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
