package dev.poro.engine;

import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one thread publish alone for a while. Others that have claimed a slot meanwhile cancel it and wait.
 *
 * <p>The holder shuts the gate and then asks which slots are claimed; a publisher claims a slot and then asks whether
 * the gate is shut. A full fence lies between the two on either side, so at least one of them sees the other: a slot
 * that the holder does not wait for is one whose publisher cancels it.
 *
 * <p>Thread-safe. To publish costs one read of a field.
 */
final class PublishGate {
    private final ReentrantLock turn = new ReentrantLock();

    /** The thread that publishes alone, or {@code null}. */
    private volatile Thread holder;

    /** Shuts the gate for others; waits while another thread holds it. Returns whether this thread held it already. */
    boolean shut() {
        turn.lock();
        boolean wasHeld = holder != null;
        holder = Thread.currentThread();
        VarHandle.fullFence(); // the ring's own read of what is claimed is a plain one
        return wasHeld;
    }

    /** Ends {@link #shut}. */
    void open(boolean wasHeld) {
        if (!wasHeld) {
            holder = null;
        }
        turn.unlock();
    }

    /** Whether the calling thread may not publish now. */
    boolean isShut() {
        Thread current = holder;
        return current != null && current != Thread.currentThread();
    }
}
