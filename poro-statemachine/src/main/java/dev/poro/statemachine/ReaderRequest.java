package dev.poro.statemachine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A read that a reader could not complete because what it reads kept changing. The writer does it between two events.
 * The reader creates the request and waits. The writer fills memory of the request, not of the reader, so the reader
 * may give up at any time.
 */
abstract class ReaderRequest {
    private static final VarHandle DONE;

    static {
        try {
            DONE = MethodHandles.lookup().findVarHandle(ReaderRequest.class, "done", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** An earlier request that may be unanswered, or {@code null}. */
    private ReaderRequest next;

    @SuppressWarnings("UnusedVariable") // accessed through the VarHandle
    private boolean done;

    private volatile boolean givenUp;

    /** Does the read, while nothing changes. */
    abstract void answer(Table table);

    void linkTo(ReaderRequest earlier) {
        next = earlier;
    }

    /** Answers this request and the earlier ones. Only the writer, between events. */
    final void answerAll(Table table) {
        for (ReaderRequest request = this; request != null; request = request.next) {
            if (!request.givenUp) {
                request.answer(table);
                DONE.setRelease(request, true);
            }
        }
    }

    final boolean isDone() {
        return (boolean) DONE.getAcquire(this);
    }

    /** Tells the writer that the reader no longer needs an answer. */
    final void giveUp() {
        givenUp = true;
    }

    /** The value of a key, and what its entry holds besides. */
    static final class OfValue extends ReaderRequest {
        private final long hash;
        private final byte[] key;
        private final byte[] target;
        private final EntryDetails details = new EntryDetails();
        private int length;

        /** @param targetLength the number of bytes of the value to make room for */
        OfValue(long hash, byte[] key, int targetLength) {
            this.hash = hash;
            this.key = key;
            this.target = new byte[targetLength];
        }

        @Override
        void answer(Table table) {
            length = table.reader().readAsWriter(hash, key, target, details);
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

    /** The entries of the next step of a scan. */
    static final class OfEntries extends ReaderRequest {
        private final ScanPosition position;
        private final ScannedEntries entries;

        /** @param like where the entries will go to, once done */
        OfEntries(ScanPosition position, ScannedEntries like) {
            this.position = position.copy();
            this.entries = like.another();
        }

        @Override
        void answer(Table table) {
            table.scanReader().read(position, entries);
        }

        /** The position behind the step, once done. */
        ScanPosition position() {
            return position;
        }

        /** Once done. */
        ScannedEntries entries() {
            return entries;
        }
    }
}
