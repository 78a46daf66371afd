package dev.poro.perf;

/** What a measurement expects of its own result: one that measured nothing, or nonsense, must fail. */
public final class Check {
    private Check() {}

    /** @throws IllegalStateException unless what was found is what was expected */
    public static void equal(String what, long expected, long found) {
        if (found != expected) {
            throw new IllegalStateException(what + ": expected " + expected + ", found " + found);
        }
    }

    /** @throws IllegalStateException if less was found than expected */
    public static void atLeast(String what, long expected, long found) {
        if (found < expected) {
            throw new IllegalStateException(what + ": expected at least " + expected + ", found " + found);
        }
    }
}
