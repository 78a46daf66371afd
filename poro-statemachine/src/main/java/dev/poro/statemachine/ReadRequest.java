package dev.poro.statemachine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A read that a reader could not complete because the stripe kept changing. The writer does it between two events. The
 * reader creates the request and waits. The writer fills memory of the request, not of the reader, so the reader may
 * give up at any time.
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

    @SuppressWarnings("UnusedVariable") // accessed through the VarHandle
    private boolean done;

    private volatile boolean givenUp;

    /** @param next an earlier request that may be unanswered, or {@code null} */
    ReadRequest(long hash, byte[] key, int targetLength, ReadRequest next) {
        this.hash = hash;
        this.key = key;
        this.target = new byte[targetLength];
        this.next = next;
    }

    /** Answers this request and the earlier ones. Only the writer, between events. */
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

    /** Tells the writer that the reader no longer needs an answer. */
    void giveUp() {
        givenUp = true;
    }

    /** The length of the value, once done. {@link #target} holds as much of it as fits. */
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
