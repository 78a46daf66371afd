package dev.poro.wal;

import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongConsumer;

/**
 * Writes changes to the change log, as the state machine hands them out. Nothing waits for a force: what a crash takes,
 * replay makes again ({@link ChangeLog}).
 *
 * <p>A failure concerns the change log alone: it ends there ({@link #problem}), and no snapshot is completed any more
 * that would let replay begin behind that place. The next opening makes again what is missing.
 *
 * <p>Single writer, that of the state machine, but for the methods that say otherwise.
 */
final class ChangeWriter implements ChangeSink {
    private static final long UNKNOWN = Long.MIN_VALUE;

    /** Full files that may stay open. */
    private static final int MOST_LEFT = 4;

    private final SegmentFactory factory;
    private final SegmentPreparer preparer;
    private final LongConsumer onFrame;
    private SegmentWriter segment;
    private boolean nextIsRequested;

    /** Change files that are full and not forced yet. Guarded by this. */
    private final Deque<SegmentWriter> left = new ArrayDeque<>();

    private long frameFirst;
    private long frameTimestamp;
    private long frameWallClock;
    private long wallClock = UNKNOWN;

    /** The event that carries the last token that came. */
    private long tokenSequence;

    private long tokenClient;
    private long tokenNumber;

    /** Of the last change before the current frame, or of the state that the change log begins with. */
    private long sequenceBefore;
    /** Of the last change. */
    private long lastSequence;

    /** Where the frames end: the number of the file, and the offset in its lower half. */
    private volatile long end;

    /** Bytes of frames that have ended. */
    private volatile long length;

    private volatile Throwable problem;

    /**
     * @param lastSequence of the last change that the segment, or one before it, has; of the state that the change log
     *     begins with if there is none
     * @param onFrame told when more changes can be read, of events from a sequence on
     */
    ChangeWriter(
            SegmentFactory factory,
            SegmentPreparer preparer,
            SegmentWriter segment,
            long lastSequence,
            LongConsumer onFrame) {
        this.factory = factory;
        this.preparer = preparer;
        this.onFrame = onFrame;
        this.segment = segment;
        this.lastSequence = lastSequence;
        publishEnd();
    }

    @Override
    public void latestWallClock(long millis) {
        wallClock = millis;
    }

    @Override
    public void onToken(long sequence, long client, long number) {
        tokenSequence = sequence;
        tokenClient = client;
        tokenNumber = number;
    }

    @Override
    public void onChange(
            long sequence,
            long timestamp,
            int index,
            ChangeKind kind,
            long previous,
            long expiry,
            long payload,
            int keyLength,
            int valueLength) {
        if (problem != null) {
            return;
        }
        try {
            boolean hasToken = sequence == tokenSequence;
            int flags = (expiry == NO_EXPIRY ? 0 : ChangeDescriptor.HAS_EXPIRY)
                    | (hasToken ? ChangeDescriptor.HAS_TOKEN : 0);
            int length = ChangeDescriptor.headerLength(flags) + keyLength + valueLength;
            makeRoom(sequence, timestamp, length);
            long address = segment.append(length);
            ChangeDescriptor.write(
                    address,
                    length,
                    flags,
                    (int) (sequence - frameFirst),
                    index,
                    kind,
                    previous,
                    expiry,
                    payload,
                    keyLength);
            if (hasToken) {
                ChangeDescriptor.writeToken(address, tokenClient, tokenNumber);
            }
            lastSequence = sequence;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            problem = e;
        }
    }

    /** Begins a frame if there is none that the change may be in. */
    private void makeRoom(long sequence, long timestamp, int length) throws IOException {
        long wall = wallClock == UNKNOWN ? timestamp : wallClock;
        if (segment.isInFrame()
                && (timestamp != frameTimestamp
                        || wall != frameWallClock
                        || segment.isFrameFull()
                        || sequence - frameFirst > Integer.MAX_VALUE
                        || !segment.hasRoomFor(length))) {
            endFrame();
        }
        if (segment.isInFrame()) {
            return;
        }
        if (!segment.hasRoomFor(length)) {
            roll(length);
        }
        if (!segment.isStarted()) {
            segment.start(sequence);
        }
        frameFirst = sequence;
        frameTimestamp = timestamp;
        frameWallClock = wall;
        sequenceBefore = lastSequence;
        segment.beginFrame(timestamp, wall);
    }

    private void roll(int length) throws IOException {
        SegmentWriter next = preparer.take();
        if (next == null) {
            Throwable why = preparer.problem();
            throw new LogException("no new change file could be prepared: " + (why == null ? "stopped" : why), why);
        }
        if (!next.hasRoomFor(length)) {
            factory.discard(next);
            int needed = SegmentDescriptor.lengthFor(length + SegmentDescriptor.OVERHEAD);
            next = factory.create(next.header().number, needed);
        }
        synchronized (this) {
            left.add(segment); // without a frame if it was too short for the very first change
            segment = next;
        }
        nextIsRequested = false;
    }

    @Override
    public void onBatchEnd() {
        if (problem != null || !segment.isInFrame()) {
            return;
        }
        try {
            endFrame();
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            problem = e;
        }
    }

    private void endFrame() throws IOException {
        int begin = segment.end();
        segment.endFrame(frameFirst, sequenceBefore, false);
        long longer = length + segment.end() - begin;
        length = longer;
        publishEnd();
        if (!nextIsRequested && segment.end() > segment.header().length / 2) {
            nextIsRequested = true;
            preparer.request();
        }
    }

    private void publishEnd() {
        end = segment.header().number << Integer.SIZE | segment.end();
        onFrame.accept(frameFirst);
    }

    /** Where the frames end: the number of the file, and the offset in its lower half. Any thread. */
    long end() {
        return end;
    }

    /** Bytes of frames that have ended. Any thread. */
    long length() {
        return length;
    }

    /** Of the last change, or of the state that the change log begins with. Only the writer. */
    long lastSequence() {
        return lastSequence;
    }

    /** Why the change log ends before the log does; {@code null} if it does not. Any thread. */
    Throwable problem() {
        return problem;
    }

    /** Finds the file that was cut short, for an error that does not name it. Any thread. */
    Throwable explain(InternalError failure) {
        SegmentWriter active;
        synchronized (this) {
            active = segment;
        }
        return active.explain(failure);
    }

    /**
     * Forces all frames that had ended before this call. Any thread, one at a time.
     *
     * @throws IOException if a force has failed; it must not be tried again
     */
    void force() throws IOException {
        SegmentWriter active = forceLeft();
        active.forceFrames();
        active.requireIntact();
    }

    /**
     * Forces and closes full files if there are several: otherwise they are open until a snapshot is taken. Any thread,
     * one at a time.
     *
     * @throws IOException as {@link #force}
     */
    void forceFullFiles() throws IOException {
        boolean isDue;
        synchronized (this) {
            isDue = left.size() > MOST_LEFT;
        }
        if (isDue) {
            forceLeft();
        }
    }

    /** Forces and closes the files that were left; returns the one that was active when none remained. */
    private SegmentWriter forceLeft() throws IOException {
        while (true) {
            SegmentWriter oldest;
            synchronized (this) {
                oldest = left.peek();
                if (oldest == null) {
                    return segment;
                }
            }
            oldest.unmapAndForce();
            oldest.requireIntact();
            oldest.close();
            synchronized (this) {
                left.remove();
            }
        }
    }

    /** Ends the background work and closes the files, without forcing them. Nothing is handed out any more. */
    void close() throws IOException {
        try {
            preparer.close();
        } finally {
            left.add(segment);
            closeLeft();
        }
    }

    private void closeLeft() throws IOException {
        IOException failure = null;
        for (SegmentWriter each : left) {
            try {
                each.close();
            } catch (IOException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
