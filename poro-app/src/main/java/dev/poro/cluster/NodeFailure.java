package dev.poro.cluster;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.agrona.concurrent.AgentTerminationException;

/**
 * That a node must not go on. Aeron logs what a service throws and goes on with the next message, so the node would be
 * another than the rest from then on. Here the first cause is kept, told, and nothing is applied after it. Thread-safe.
 */
final class NodeFailure {
    private final AtomicReference<Throwable> cause = new AtomicReference<>();
    private final Consumer<Throwable> listener;
    private volatile boolean isClosing;

    /** @param listener told once, on the thread that has failed; it must not wait for the node to close */
    NodeFailure(Consumer<Throwable> listener) {
        this.listener = listener;
    }

    /** Keeps and tells the cause, if it is the first; returns what ends an agent of Aeron when it is thrown. */
    AgentTerminationException stop(Throwable why) {
        if (!isClosing && !(why instanceof AgentTerminationException) && cause.compareAndSet(null, why)) {
            listener.accept(why);
        }
        return why instanceof AgentTerminationException end ? end : new AgentTerminationException(why);
    }

    /** The node is closed on purpose: what ends now has not failed. */
    void close() {
        isClosing = true;
    }

    /** {@code null} if nothing has failed. */
    Throwable cause() {
        return cause.get();
    }

    /** @throws AgentTerminationException if the node has failed */
    void requireNone() {
        Throwable why = cause.get();
        if (why != null) {
            throw new AgentTerminationException(why);
        }
    }
}
