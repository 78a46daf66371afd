package dev.poro.wal;

import com.lmax.disruptor.EventHandler;
import dev.poro.events.CommittedMessage;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.EventType;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The first handler of the {@link EventRing}: appends each batch to the log and gives every event its log sequence
 * and times (a mark its timestamp only), before the state machine may see it. At the end of a batch the frame is
 * closed and, if the policy says so, forced.
 *
 * <p>A read among the events is passed over: nothing of it is in the log. An event that the log has no space for is
 * refused and leaves no trace. Any other failure trips the {@link
 * FailStop} and refuses every event of the batch, because it is uncertain which of them are in the log. No exception
 * reaches Disruptor, which would continue with the next event.
 *
 * <p>In a replica, events belong to messages that a cluster has committed, so none may be refused: one that the log has
 * no space for is waited with, for a bounded time, and if there is no space then, the store stops.
 *
 * <p>The thread may be a caller's, with no stack or memory left, so an error may come from any line. So a failure is
 * first recorded in a field, which cannot fail. An event that comes a second time was interrupted the first time, at an
 * unknown point.
 *
 * <p>Run by one thread at a time. Never waits interruptibly.
 */
public final class JournalingHandler implements EventHandler<EventSlot> {
    private static final long NONE = -1;

    /** How often a message that waits for space tries again. */
    private static final long SPACE_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Created in advance, because there may be no memory for it later. */
    private final LogException brokenOff = new LogException(
            "the journal was broken off in the middle of an event, by an error of the thread that ran it");

    private final LogWriter log;
    private final EventRing ring;
    private final FailStop failStop;
    private final AtomicLong batches = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private long batchStart = NONE;
    /** The ring sequence of the latest event that was begun. */
    private long begun = NONE;

    private Throwable failure;

    JournalingHandler(LogWriter log, EventRing ring, FailStop failStop) {
        this.log = log;
        this.ring = ring;
        this.failStop = failStop;
    }

    @Override
    public void onEvent(EventSlot slot, long ringSequence, boolean endOfBatch) {
        assert ringSequence <= begun + 1 : "event " + ringSequence + " right after event " + begun;
        if (ringSequence <= begun && failure == null) {
            failure = brokenOff;
        }
        begun = ringSequence;
        if (batchStart == NONE) {
            batchStart = ringSequence;
        }
        if (failure == null && !failStop.isTripped()) {
            try {
                journal(slot, ringSequence);
                if (endOfBatch) {
                    endBatch(ringSequence);
                }
            } catch (IOException | RuntimeException | Error e) {
                failure = e;
            }
        }
        if (failure != null) {
            failStop.trip(failure);
        }
        if (failStop.isTripped()) {
            // By this handler or, meanwhile, by the flusher. It is uncertain which events of the batch are in the log.
            refuseBatch(ringSequence);
        }
        assert begun == ringSequence : "two threads run the journal at the same time";
        if (endOfBatch) {
            batchStart = NONE;
            batches.setOpaque(batches.getPlain() + 1);
        }
    }

    /** The number of batches that have ended. Any thread. */
    public long batches() {
        return batches.getOpaque();
    }

    /** How many events the log had no place for. Any thread. */
    public long refused() {
        return refused.getOpaque();
    }

    private void journal(EventSlot slot, long ringSequence) throws IOException {
        if (slot.message() != null) {
            journalCommitted(slot, ringSequence);
        } else if (slot.isRead()) {
            slot.passOver(log.timeForReads());
        } else if (!slot.isCancelled()) {
            try {
                append(slot);
            } catch (FrameRefusedException e) {
                slot.refuse(Outcome.LOG_FULL);
                countRefused();
                refuseFrame(ringSequence);
            }
        }
    }

    private void journalCommitted(EventSlot slot, long ringSequence) throws IOException {
        try {
            if (appendCommitted(slot, ringSequence)) {
                return;
            }
        } catch (FrameRefusedException e) {
            // The frame is not in the log: all of its events are appended again.
        }
        awaitSpace(ringSequence, false);
    }

    /** Returns whether it is in the log; if not, there is no space. */
    private boolean appendCommitted(EventSlot slot, long ringSequence) throws IOException {
        CommittedMessage message = slot.message();
        if (message.beginsAt(ringSequence) && !log.beginMessage(message)) {
            return false;
        }
        record(slot);
        return true;
    }

    private void record(EventSlot slot) throws IOException {
        if (!slot.isRead()) {
            long sequence = log.appendOfMessage(slot.recordAddress(), slot.recordLength());
            slot.journaled(sequence, log.timestamp(), log.latestWallClock());
            return;
        }
        slot.passOver(log.timeForReads());
    }

    /**
     * Tries until the events of the batch up to this one are in the log. No message of a cluster may be left out, and
     * none may come in between.
     */
    private void awaitSpace(long last, boolean endsBatch) throws IOException {
        long begin = System.nanoTime();
        boolean interrupted = false;
        try {
            while (!isAppended(last, endsBatch)) {
                if (System.nanoTime() - begin >= log.spaceWaitNanos() || failStop.isTripped()) {
                    throw noSpace(ring.slot(last).message());
                }
                interrupted |= Thread.interrupted(); // it would keep the thread from sleeping
                LockSupport.parkNanos(SPACE_PERIOD_NANOS);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Appends what is not in the log, from the first event of the frame that was refused. Of a message either all that
     * was appended is there, or nothing.
     */
    private boolean isAppended(long last, boolean endsBatch) throws IOException {
        try {
            CommittedMessage begunAgain = null;
            for (long ringSequence = batchStart; ringSequence <= last; ringSequence++) {
                EventSlot slot = ring.slot(ringSequence);
                CommittedMessage message = slot.message();
                if (message == null || isInLog(slot)) {
                    continue;
                }
                if (message != begunAgain && !log.beginMessage(message)) {
                    return false;
                }
                begunAgain = message;
                record(slot);
            }
            if (endsBatch) {
                log.endBatch();
            }
            return true;
        } catch (FrameRefusedException e) {
            return false;
        }
    }

    private boolean isInLog(EventSlot slot) {
        return slot.isPassedOver() || (slot.isJournaled() && slot.logSequence() < log.nextSequence());
    }

    private IOException noSpace(CommittedMessage message) {
        Throwable problem = log.problem();
        String why = problem == null ? "" : " (" + problem.getMessage() + ")";
        return new IOException(
                "the log has had no space for the message at position " + message.position()
                        + " of the cluster's log for " + TimeUnit.NANOSECONDS.toSeconds(log.spaceWaitNanos()) + " s"
                        + why,
                problem);
    }

    private void countRefused() {
        refused.setOpaque(refused.getPlain() + 1);
    }

    private void endBatch(long ringSequence) throws IOException {
        try {
            log.endBatch();
        } catch (FrameRefusedException e) {
            if (ring.slot(ringSequence).message() != null) {
                awaitSpace(ringSequence, true);
                return;
            }
            refuseFrame(ringSequence);
            log.endBatch(); // earlier frames are still to be forced
        }
    }

    /** Refuses the events of the current frame, which is not in the log; earlier frames of the batch are. */
    private void refuseFrame(long last) {
        for (long ringSequence = batchStart; ringSequence <= last; ringSequence++) {
            EventSlot slot = ring.slot(ringSequence);
            if (slot.isJournaled() && slot.logSequence() >= log.nextSequence()) {
                slot.refuse(Outcome.LOG_FULL);
                countRefused();
            }
        }
    }

    private void append(EventSlot slot) throws IOException {
        if (slot.isMark()) {
            appendMark(slot);
            return;
        }
        long sequence = log.append(slot.recordAddress(), slot.recordLength());
        if (sequence == LogWriter.NO_SPACE) {
            refuseForSpace(slot);
        } else {
            slot.journaled(sequence, log.timestamp(), log.latestWallClock());
        }
    }

    private void appendMark(EventSlot mark) throws IOException {
        long address = mark.recordAddress();
        boolean isLast = RawMemory.readByte(address + RecordDescriptor.TYPE_OFFSET) == EventType.CLEAN_CLOSE.code();
        if (log.appendMark(address, mark.recordLength(), isLast)) {
            mark.journaledMark(log.timestamp());
        } else {
            refuseForSpace(mark);
        }
    }

    private void refuseForSpace(EventSlot slot) {
        slot.refuse(failStop.isTripped() ? Outcome.FAILED : Outcome.LOG_FULL);
        countRefused();
    }

    private void refuseBatch(long last) {
        for (long ringSequence = batchStart; ringSequence <= last; ringSequence++) {
            ring.slot(ringSequence).refuse(Outcome.FAILED);
        }
    }
}
