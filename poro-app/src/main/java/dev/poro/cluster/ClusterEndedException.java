package dev.poro.cluster;

import dev.poro.engine.PoroException;

/** A part of a node has ended by itself, and so the node must not go on; its log says why. */
public final class ClusterEndedException extends PoroException {
    private static final long serialVersionUID = 1L;

    ClusterEndedException(String message, Throwable cause) {
        super(message, cause);
    }
}
