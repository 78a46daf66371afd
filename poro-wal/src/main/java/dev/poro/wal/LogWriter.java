package dev.poro.wal;

import dev.poro.events.FailStop;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Appends records to a log: groups them into frames, stamps the frames, goes from segment to segment, and forces as
 * the policy says. Single writer: the journaling thread.
 */
final class LogWriter {
    /** What {@link #append} returns when the log has no space for the record. */
    static final long NO_SPACE = 0;

    private final LongSupplier clock;
    private final SyncPolicy policy;
    private final int maxRecordLength;
    private final LogPosition position;
    private final SegmentPreparer preparer;
    private final Flusher flusher;

    private SegmentWriter segment;
    private long nextSequence;
    private long frameFirstSequence;
    private long frameTimestamp;
    private long dirtySince;
    private boolean nextIsRequested;
    /** Whether the last record is the mark of a clean close. */
    private boolean endsWithCloseMark;

    /**
     * @param clock milliseconds since the epoch, which frames are stamped with
     * @param lastTimestamp of the last frame of the log; no frame is stamped with less
     * @param position begins with everything durable
     */
    LogWriter(
            LongSupplier clock,
            LogSettings settings,
            SegmentWriter segment,
            SegmentPreparer preparer,
            LogPosition position,
            long lastTimestamp,
            Workers workers,
            FailStop failStop) {
        this.clock = clock;
        this.policy = settings.syncPolicy();
        this.maxRecordLength = settings.maxRecordLength();
        this.segment = segment;
        this.preparer = preparer;
        this.position = position;
        this.nextSequence = position.written() + 1;
        this.frameTimestamp = lastTimestamp;
        this.flusher =
                policy == SyncPolicy.ALWAYS ? null : new Flusher(policy, segment, position, clock, workers, failStop);
    }

    /**
     * Appends a record to the frame under way.
     *
     * @param isLast whether this is the mark of a clean close: everything before it is forced first, so that the mark
     *     proves it, and it may take the place that is kept for it
     * @return the record's sequence, or {@link #NO_SPACE} if there is no room and no next segment
     */
    long append(long recordAddress, int recordLength, boolean isLast) throws IOException {
        if (isLast) {
            forceAll();
        } else if (segment.isFrameFull()) {
            endFrame();
        }
        if (!hasRoomFor(recordLength, isLast) && (recordLength > maxRecordLength || !roll())) {
            return NO_SPACE;
        }
        if (!segment.isInFrame()) {
            beginFrame();
        }
        segment.append(recordAddress, recordLength);
        endsWithCloseMark = isLast;
        return nextSequence++;
    }

    /** Whether the last record that was appended is the mark of a clean close. Journaling thread, or none any more. */
    boolean endsWithCloseMark() {
        return endsWithCloseMark;
    }

    /** The number of the segment that has the last record. Journaling thread, or none any more. */
    long lastSegment() {
        long number = segment.header().number;
        return segment.isStarted() ? number : number - 1;
    }

    private boolean hasRoomFor(int recordLength, boolean isLast) {
        return isLast ? segment.hasRoomForLast(recordLength) : segment.hasRoomFor(recordLength);
    }

    private void beginFrame() throws IOException {
        frameFirstSequence = nextSequence;
        long now = clock.getAsLong();
        frameTimestamp = Math.max(frameTimestamp, now);
        if (!segment.isStarted()) {
            segment.start(nextSequence);
        }
        if (flusher != null) {
            if (position.durable() == position.written()) {
                dirtySince = now;
            }
            flusher.awaitLagBelowLimit(now, dirtySince);
        }
    }

    /** The timestamp of the frame under way, or of the last one. */
    long timestamp() {
        return frameTimestamp;
    }

    private void endFrame() throws IOException {
        int start = segment.end();
        segment.endFrame(frameFirstSequence, frameTimestamp, position.durable());
        position.written(nextSequence - 1, segment.end() - start);
        if (!nextIsRequested && segment.end() > segment.header().length / 2) {
            nextIsRequested = true;
            preparer.request();
        }
    }

    /**
     * Goes on in the next segment. Under {@link SyncPolicy#ALWAYS} the old one is forced before the new one is
     * touched; otherwise the flusher forces it while writing goes on.
     */
    private boolean roll() throws IOException {
        if (segment.isInFrame()) {
            endFrame();
        }
        if (flusher == null) {
            force();
        }
        SegmentWriter next = preparer.take();
        if (next == null) {
            return false;
        }
        if (flusher == null) {
            segment.close();
        } else {
            flusher.leave(segment, position.written(), next);
        }
        segment = next;
        nextIsRequested = false;
        return true;
    }

    /** Ends the frame under way and, under {@link SyncPolicy#ALWAYS}, forces it. */
    void endBatch() throws IOException {
        if (segment.isInFrame()) {
            endFrame();
        }
        if (policy == SyncPolicy.ALWAYS && position.durable() < position.written()) {
            force();
        }
    }

    /** Ends the frame under way and forces everything, whatever the policy. The flusher is done after this. */
    private void forceAll() throws IOException {
        if (segment.isInFrame()) {
            endFrame();
        }
        if (flusher != null) {
            flusher.close();
        }
        force();
        segment.requireIntact();
    }

    private void force() throws IOException {
        segment.force();
        position.forced(position.written());
    }

    /**
     * Waits until everything up to a sequence that was appended is forced, having it forced if need be. Any thread.
     *
     * @return whether it is; if not, the log is closed or has failed
     */
    boolean awaitForced(long sequence) {
        return flusher == null ? position.durable() >= sequence : flusher.awaitForced(sequence);
    }

    /**
     * Has everything forced that anybody was told of, whatever the policy. Any thread.
     *
     * @return the last event of that
     * @throws LogException if it will not be forced
     */
    long forceAcknowledged() {
        long acknowledged = flusher == null ? position.durable() : position.written();
        if (!awaitForced(acknowledged)) {
            throw new LogException("The log could not be forced: it is closed, or has failed.");
        }
        return acknowledged;
    }

    /** Bytes of frames that were replayed at the opening, or written since. Any thread. */
    long length() {
        return position.length();
    }

    /** Finds the file that was cut behind an error that does not name it. Any thread. */
    Throwable explain(InternalError failure) {
        try {
            segment.requireIntact();
        } catch (IOException e) {
            e.addSuppressed(failure);
            return e;
        }
        return failure;
    }

    /** Ends the background work and, unless the store has failed, forces what is left. */
    void close(boolean failed) throws IOException {
        try {
            if (!failed) {
                forceAll();
            } else if (flusher != null) {
                flusher.close();
            }
        } finally {
            try {
                preparer.close();
            } finally {
                segment.close();
            }
        }
    }
}
