package dev.poro.statemachine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A read that was in vain several times, since its stripe kept changing: the writer, for whom nothing changes, is asked
 * to do it. Made by the reader, who waits for it; memory that the writer fills belongs to the request, so that a reader
 * may give up at any time.
 */
final class ReadRequest {
    private static final VarHandle DONE;

    static {
        try {
            DONE = MethodHandles.lookup().findVarHandle(ReadRequest.class, "done", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long hash;
    private final byte[] key;
    private final byte[] target;
    private final ReadRequest next;
    private final EntryDetails details = new EntryDetails();
    private int length;

    @SuppressWarnings("UnusedVariable") // by its handle
    private boolean done;

    private volatile boolean givenUp;

    /** @param next that was made before and may not have been answered yet, or {@code null} */
    ReadRequest(long hash, byte[] key, int targetLength, ReadRequest next) {
        this.hash = hash;
        this.key = key;
        this.target = new byte[targetLength];
        this.next = next;
    }

    /** The writer, between events: answers this one and those before. */
    void answerAll(EntryReader reader) {
        for (ReadRequest request = this; request != null; request = request.next) {
            if (!request.givenUp) {
                request.length = reader.readAsWriter(request.hash, request.key, request.target, request.details);
                DONE.setRelease(request, true);
            }
        }
    }

    boolean isDone() {
        return (boolean) DONE.getAcquire(this);
    }

    /** The reader has what it wants. */
    void giveUp() {
        givenUp = true;
    }

    /** Once done: the length of the value, of which only what fits into {@link #target} is there. */
    int length() {
        return length;
    }

    /** Once done. */
    EntryDetails details() {
        return details;
    }

    byte[] target() {
        return target;
    }
}
