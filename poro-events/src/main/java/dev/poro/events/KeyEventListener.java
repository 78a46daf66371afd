package dev.poro.events;

/**
 * Learns what happens to keys, by the names that Redis has for it. Called by whichever thread runs the last handler,
 * between two events: it must not wait, use the store, or throw.
 */
public interface KeyEventListener {
    /** Whether to call {@link #onKeyEvent} for a name. */
    boolean wants(String name);

    /**
     * Something has happened to a key. Under {@code always} it survives a power cut.
     *
     * @param key the listener's own
     */
    void onKeyEvent(String name, byte[] key);
}
