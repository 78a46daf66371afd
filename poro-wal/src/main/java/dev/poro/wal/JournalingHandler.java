package dev.poro.wal;

import com.lmax.disruptor.EventHandler;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.EventType;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

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
 * <p>The thread may be a caller's, with no stack or memory left, so an error may come from any line. So a failure is
 * first recorded in a field, which cannot fail. An event that comes a second time was interrupted the first time, at an
 * unknown point.
 *
 * <p>Run by one thread at a time. Never waits interruptibly.
 */
public final class JournalingHandler implements EventHandler<EventSlot> {
    private static final long NONE = -1;

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
        if (slot.isRead()) {
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

    private void countRefused() {
        refused.setOpaque(refused.getPlain() + 1);
    }

    private void endBatch(long ringSequence) throws IOException {
        try {
            log.endBatch();
        } catch (FrameRefusedException e) {
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
