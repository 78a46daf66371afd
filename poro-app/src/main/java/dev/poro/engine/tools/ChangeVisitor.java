package dev.poro.engine.tools;

import dev.poro.engine.Change;
import java.io.IOException;

/** Receives changes, in their order. */
@FunctionalInterface
public interface ChangeVisitor {
    /**
     * One change.
     *
     * @param before the value that it replaced or removed; {@code null} if there was none, or nobody asked for it. The
     *     array is the visitor's
     * @throws IOException if the visitor cannot go on
     */
    void onChange(Change change, byte[] before) throws IOException;
}
