package dev.poro.engine;

/**
 * While it is open, no thread but the one that opened it changes the store; see {@link Poro#holdChanges}. Closed by the
 * thread that opened it.
 */
public final class ChangeHold implements AutoCloseable {
    private final PublishGate gate;
    private final boolean wasHeld;
    private boolean closed;

    ChangeHold(PublishGate gate, boolean wasHeld) {
        this.gate = gate;
        this.wasHeld = wasHeld;
    }

    /** Lets the others go on. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            gate.open(wasHeld);
        }
    }
}
