package dev.poro.events;

/**
 * Memory of a publisher that waits, for a value that the last handler copies: the one before an event, or the one that
 * is read. Last handler only, before it completes the event.
 */
public interface ValueTarget {
    /**
     * An array with room for {@code length} bytes, which the handler fills from {@link #begin} on.
     *
     * @throws OutOfMemoryError if the heap has no room for it
     */
    byte[] room(int length);

    /** Where the value begins in the array that {@link #room} has returned. */
    int begin();

    /** The value could not be copied: whoever asks for it gets an error. The event takes effect all the same. */
    void lose();
}
