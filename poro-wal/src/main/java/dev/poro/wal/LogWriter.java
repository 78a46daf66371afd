package dev.poro.wal;

import dev.poro.events.CommittedMessage;
import dev.poro.events.FailStop;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Appends records to a log: groups them into frames, stamps the frames, moves from segment to segment, and forces as
 * the policy requires. Single writer: the journaling thread.
 */
final class LogWriter {
    /** Returned by {@link #append} if the log has no space for the record. */
    static final long NO_SPACE = 0;

    /** A writer that fills a segment in less may fill half of one before the next is prepared. */
    private static final long SHORT_FILL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final FrameClock clock;
    /** The same in a replica, otherwise {@code null}. */
    private final ReplicaClock replicaClock;

    private final SyncPolicy policy;
    private final int maxRecordLength;
    private final long spaceWaitNanos;
    private final LogPosition position;
    private final SegmentPreparer preparer;
    private final Flusher flusher;

    private SegmentWriter segment;
    private long nextSequence;
    private long frameFirstSequence;
    private long frameTimestamp;
    /** Up to the last frame that has ended. */
    private long latestWallClock;
    /** Up to the current frame, or the last one. */
    private long frameLatestWallClock;

    private long dirtySince;
    private boolean nextIsRequested;
    /** When the writer moved to this segment, by the clock that measures lags; meaningless in the first one. */
    private long movedAt;

    private boolean hasMoved;
    /** Whether the log ends with the mark of a clean close. */
    private boolean endsWithCloseMark;

    private boolean isClosing;

    /** In a replica: the position of the last message that was begun, which has records. */
    private long incarnation = ClusterPosition.NO_INCARNATION;

    private long term;
    private long clusterPosition;

    /** Why the latest frame was refused; {@code null} if it was not. */
    private volatile Throwable problem;

    /**
     * @param clock stamps frames; begins at the time of the log's last frame, or later
     * @param nanoTime the monotonic clock that {@code clock} is based on; measures lags
     * @param position begins with everything durable
     * @param latestWallClock the latest wall clock of the frames in the log; {@link Long#MIN_VALUE} if there are none
     */
    LogWriter(
            FrameClock clock,
            LongSupplier nanoTime,
            LogSettings settings,
            SegmentWriter segment,
            SegmentPreparer preparer,
            LogPosition position,
            long latestWallClock,
            WorkerFactory workers,
            FailStop failStop) {
        this.clock = clock;
        this.replicaClock = clock instanceof ReplicaClock ofReplica ? ofReplica : null;
        this.policy = settings.syncPolicy();
        this.maxRecordLength = settings.maxRecordLength();
        this.spaceWaitNanos = settings.spaceWait().toNanos();
        this.segment = segment;
        this.preparer = preparer;
        this.position = position;
        this.nextSequence = position.written() + 1;
        this.latestWallClock = latestWallClock;
        this.frameLatestWallClock = latestWallClock;
        this.frameTimestamp = clock.now();
        position.time(frameTimestamp);
        this.flusher = policy == SyncPolicy.ALWAYS
                ? null
                : new Flusher(policy, segment, position, nanoTime, workers, failStop);
    }

    /**
     * Appends the record of an event to the current frame.
     *
     * @return the record's sequence; {@link #NO_SPACE} if there is no room and no next segment
     * @throws FrameRefusedException if the current frame could not be written: neither this record nor any other from
     *     {@link #nextSequence} on is in the log
     */
    long append(long recordAddress, int recordLength) throws IOException {
        if (segment.isFrameFull()) {
            endFrame();
        }
        if (!segment.hasRoomFor(recordLength) && (recordLength > maxRecordLength || !roll())) {
            return NO_SPACE;
        }
        if (!segment.isInFrame()) {
            beginFrame();
        }
        segment.append(recordAddress, recordLength);
        endsWithCloseMark = false;
        return nextSequence++;
    }

    /**
     * The log of a replica goes on at this position, which its marks repeat.
     *
     * @param last of the log; not {@link ClusterPosition#NONE}
     */
    void continueAt(ClusterPosition last) {
        incarnation = last.incarnation();
        term = last.term();
        clusterPosition = last.position();
    }

    /**
     * Begins a message of the log of a cluster: its records are appended next, by {@link #appendOfMessage}. They come
     * into one frame, all or none of them, with messages before it if these have the same time.
     *
     * @return whether it has room; if not, there is no next segment
     * @throws FrameRefusedException as {@link #append} does
     * @throws IOException if no segment can hold the message
     */
    boolean beginMessage(CommittedMessage message) throws IOException {
        int length = message.recordsLength();
        if (segment.isInFrame() && (message.timeMillis() != frameTimestamp || segment.isFrameFull())) {
            endFrame();
        }
        replicaClock.begin(message.timeMillis());
        if (length == 0) {
            return true; // it is not in this log
        }
        if (length > maxRecordLength) {
            throw new IOException("a message of " + length + " bytes at position " + message.position()
                    + " of the cluster's log is longer than a segment of this log has room for: all replicas must have"
                    + " the same segment length");
        }
        if (!segment.hasRoomFor(length) && !roll()) {
            return false;
        }
        incarnation = message.incarnation();
        term = message.term();
        clusterPosition = message.position();
        return true;
    }

    /** Appends a record of the message that was begun last; returns its sequence. */
    long appendOfMessage(long recordAddress, int recordLength) throws IOException {
        if (!segment.isInFrame()) {
            beginFrame();
        }
        segment.append(recordAddress, recordLength);
        endsWithCloseMark = false;
        return nextSequence++;
    }

    /** How long a replica waits for space for a message. */
    long spaceWaitNanos() {
        return spaceWaitNanos;
    }

    /**
     * Ends the current frame and appends a mark, as a frame that takes no sequence. A mark after the last event of a
     * segment may leave two segments that begin with the same sequence: the first of them holds marks only.
     *
     * @param isLast whether this is the mark of a clean close. The prepared segment is then deleted and all earlier
     *     frames are forced first, which the mark proves; and the mark may use the space that is reserved for it
     * @return whether it is in the log; if not, there is no room and no next segment
     * @throws FrameRefusedException if the current frame, or the mark, could not be written: neither the mark nor any
     *     event from {@link #nextSequence} on is in the log
     */
    boolean appendMark(long recordAddress, int recordLength, boolean isLast) throws IOException {
        if (isLast) {
            isClosing = true;
            preparer.close();
            forceAll();
        } else if (segment.isInFrame()) {
            endFrame();
        }
        if (!hasRoomForMark(recordLength, isLast) && !roll()) {
            return false;
        }
        beginFrame();
        segment.appendMark(recordAddress, recordLength);
        endFrame();
        endsWithCloseMark = isLast;
        return true;
    }

    /** Whether the last appended record is the mark of a clean close. Journaling thread, or after its end. */
    boolean endsWithCloseMark() {
        return endsWithCloseMark;
    }

    /** Where the frames end in {@link #lastSegment}; 0 if that is unknown. Journaling thread, or after its end. */
    long lastEnd() {
        return segment.isStarted() ? segment.end() : 0;
    }

    /** The number of the segment with the last frame. Journaling thread, or after its end. */
    long lastSegment() {
        long number = segment.header().number;
        return segment.isStarted() ? number : number - 1;
    }

    private boolean hasRoomForMark(int recordLength, boolean isLast) {
        return isLast ? segment.hasRoomForLast(recordLength) : segment.hasRoomFor(recordLength);
    }

    /**
     * Stamps the frame. All events of a batch were published before the batch began. So an event that was published
     * after a reader had found a key expired has a time at which the key is expired.
     */
    private void beginFrame() throws IOException {
        assert nextSequence == position.written() + 1 : nextSequence + " right after " + position.written();
        frameFirstSequence = nextSequence;
        frameTimestamp = clock.now();
        if (!segment.isStarted()) {
            start();
        }
        if (flusher != null) {
            if (position.isForced()) {
                dirtySince = clock.nanos();
            }
            flusher.awaitLagBelowLimit(clock.nanos(), dirtySince);
        }
        boolean hasPosition = incarnation != ClusterPosition.NO_INCARNATION;
        long wallClock = segment.beginFrame(frameTimestamp, clock.wallMillis(), hasPosition);
        frameLatestWallClock = Math.max(latestWallClock, wallClock);
    }

    private void start() throws IOException {
        try {
            segment.start(nextSequence);
        } catch (FrameRefusedException e) {
            throw refused(e);
        }
    }

    /** For the mark of a clean close there is no later try, so its refusal is an error. */
    private IOException refused(FrameRefusedException e) {
        problem = e;
        return isClosing ? new IOException(e.getMessage(), e) : e;
    }

    /** The sequence of the next record. After a refused frame, no record from there on is in the log. */
    long nextSequence() {
        return nextSequence;
    }

    /** The timestamp of the current frame, or of the last one. */
    long timestamp() {
        return frameTimestamp;
    }

    /**
     * The latest that the wall clock has shown up to the current frame, or to the last one, as a reader of the log will
     * find it.
     */
    long latestWallClock() {
        return frameLatestWallClock;
    }

    /**
     * The time of a read that comes after the records appended so far and before those to come. It is that of the
     * current frame, whose later records have it as well: what has expired for the read has expired for them. Without a
     * frame it is now: then the next frame is stamped later. And it is not before what any reader has seen who had its
     * answer before the read was published, because that was before this batch.
     */
    long timeForReads() {
        return segment.isInFrame() ? frameTimestamp : clock.now();
    }

    /** The timestamp of the last frame that has ended, or when the log was opened. Any thread. */
    long time() {
        return position.time();
    }

    private void endFrame() throws IOException {
        int start = segment.end();
        if (incarnation != ClusterPosition.NO_INCARNATION) {
            segment.position(incarnation, term, clusterPosition);
        }
        try {
            segment.endFrame(frameFirstSequence, position.durable(), position.isForced());
        } catch (FrameRefusedException e) {
            nextSequence = frameFirstSequence;
            throw refused(e);
        }
        latestWallClock = frameLatestWallClock; // a frame that is refused leaves no trace
        if (problem != null) {
            problem = null;
        }
        position.written(nextSequence - 1, segment.end() - start, frameTimestamp);
        if (!nextIsRequested && segment.end() > segment.header().length / 2) {
            nextIsRequested = true;
            preparer.request();
        }
    }

    /**
     * Continues in the next segment. Under {@link SyncPolicy#ALWAYS} the old one is forced before the new one is
     * touched; otherwise the flusher forces it in the background. A log's first segment may be too short for the very
     * first record: it is then in use all the same, without a frame.
     */
    private boolean roll() throws IOException {
        if (segment.isInFrame()) {
            endFrame();
        } else if (!segment.isStarted()) {
            start();
        }
        if (flusher == null) {
            force();
        }
        SegmentWriter next = preparer.take();
        if (next == null) {
            return false;
        }
        SegmentWriter full = segment;
        segment = next;
        requestNextIfFast();
        if (flusher == null) {
            full.close();
        } else {
            flusher.leave(full, next);
        }
        return true;
    }

    /**
     * Usually the next segment is prepared when this one is half full: if the writer took long to reach its zeros, the
     * device would write them for nothing. A fast writer would wait for it, so its next segment is prepared at once
     * (measured with values of 1 KiB: 20 to 60 instead of 120 to 180 ms of waiting for each segment of 64 MiB).
     */
    private void requestNextIfFast() {
        long now = clock.nanos();
        nextIsRequested = hasMoved && now - movedAt < SHORT_FILL_NANOS;
        hasMoved = true;
        movedAt = now;
        if (nextIsRequested) {
            preparer.request(true);
        }
    }

    /**
     * Why events are refused for lack of space; {@code null} if they are not. Any thread.
     */
    Throwable problem() {
        Throwable ofFrame = problem;
        return ofFrame != null ? ofFrame : preparer.problem();
    }

    /**
     * Ends the current frame and, under {@link SyncPolicy#ALWAYS}, forces it.
     *
     * @throws FrameRefusedException if the frame could not be written: no record from {@link #nextSequence} on is in
     *     the log. Earlier frames of the batch are still to be forced by another call
     */
    void endBatch() throws IOException {
        if (segment.isInFrame()) {
            endFrame();
        }
        if (policy == SyncPolicy.ALWAYS && !position.isForced()) {
            force();
        }
    }

    /** Ends the current frame and forces everything under every policy. Ends the flusher. */
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
        position.forced(position.written(), position.length());
    }

    /**
     * Waits until everything up to an appended sequence is forced, and has it forced if necessary. Any thread.
     *
     * @return whether it is forced; if not, the log is closed or has failed
     */
    boolean awaitForced(long sequence) {
        return flusher == null ? position.durable() >= sequence : flusher.awaitForced(sequence);
    }

    /** Has everything that is written forced soon, and does not wait for it. Any thread. */
    void requestForce() {
        if (flusher != null) {
            flusher.request(position.written());
        }
    }

    /** From now on tells someone whenever more is forced otherwise than by the end of a batch. */
    void onForced(Runnable told) {
        if (flusher != null) {
            flusher.onForced(told);
        }
    }

    /**
     * Forces all acknowledged events under every policy. Any thread.
     *
     * @return the sequence of the last of them
     * @throws LogException if the log is closed or has failed
     */
    long forceAcknowledged() {
        long acknowledged = flusher == null ? position.durable() : position.written();
        if (!awaitForced(acknowledged)) {
            throw new LogException("The log could not be forced: it is closed, or has failed.");
        }
        return acknowledged;
    }

    /** Bytes of frames that were replayed when the log was opened, or written since. Any thread. */
    long length() {
        return position.length();
    }

    /** Finds the file that was cut short, for an error that does not name it. Any thread. */
    Throwable explain(InternalError failure) {
        return segment.explain(failure);
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
