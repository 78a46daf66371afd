package dev.poro.wal.simulated;

import java.util.function.Predicate;

/**
 * What goes wrong with some operations of a {@link SimulatedStorage}. Of those that {@code which} accepts, counted
 * from 1 and from the injection on, the {@code first} to the {@code last} are hit.
 *
 * @param message of the {@link java.io.IOException}, or {@code null}: the operation only takes its time
 * @param bytesWritten what a write that fails has written before
 * @param stallMillis how long the operation takes before it fails or not, on the storage's clock
 */
public record SimulatedFault(
        Predicate<SimulatedOperation> which, int first, int last, String message, int bytesWritten, long stallMillis) {

    /** The {@code nth} operation that {@code which} accepts fails, and no other. */
    public static SimulatedFault once(Predicate<SimulatedOperation> which, int nth, String message) {
        return new SimulatedFault(which, nth, nth, message, 0, 0);
    }

    /** Every operation that {@code which} accepts fails. */
    public static SimulatedFault always(Predicate<SimulatedOperation> which, String message) {
        return new SimulatedFault(which, 1, Integer.MAX_VALUE, message, 0, 0);
    }

    /** The {@code nth} write that {@code which} accepts writes some bytes and then fails. */
    public static SimulatedFault shortWrite(
            Predicate<SimulatedOperation> which, int nth, int bytesWritten, String message) {
        return new SimulatedFault(which, nth, nth, message, bytesWritten, 0);
    }

    /** The {@code nth} operation that {@code which} accepts succeeds, but takes long. */
    public static SimulatedFault stall(Predicate<SimulatedOperation> which, int nth, long millis) {
        return new SimulatedFault(which, nth, nth, null, 0, millis);
    }
}
