package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the segments of a log in order and passes every record to a visitor. Stops at the first problem. Writes
 * nothing. Not thread-safe; used once.
 */
final class LogReader {
    private static final int FRAMES_PER_PROGRESS = 1 << 12;

    /** Records that the visitor sees ahead of their turn: enough for their cache misses to overlap. */
    private static final int GROUP = 16;

    private final Storage storage;
    private final ReadPlan start;
    private final Segments segments;
    private final LogVisitor visitor;
    private final ReplayProgress progress;
    private final RecordFlyweight record = new RecordFlyweight();

    /** The first segments, up to one whose identity is damaged or of another log. */
    private int identified;

    private final List<SegmentReport> reports = new ArrayList<>();
    private long firstSequence;
    private long nextSequence;
    private long lastTimestamp = Long.MIN_VALUE;
    private ClusterPosition lastPosition = ClusterPosition.NONE;
    private boolean hasFrames;
    /** Up to the last wanted frame, and up to the last one of events: a snapshot does not cover marks. */
    private long latestWallClock;

    private long latestWallClockOfEvents;
    private long durableSequence;
    private boolean endsWithCleanClose;
    private int lastStarted = -1;
    private long bytesTotal;
    private long bytesBefore;
    private long wantedBytes;
    /** Records that were shown ahead and are still to be passed to the visitor. */
    private int upcoming;

    LogReader(Storage storage, ReadPlan start, LogVisitor visitor, ReplayProgress progress) {
        this.storage = storage;
        this.start = start;
        this.segments = start.segments();
        this.latestWallClock =
                start.snapshot() == null ? Long.MIN_VALUE : start.snapshot().latestWallClock();
        this.latestWallClockOfEvents = latestWallClock;
        this.durableSequence = start.forcedSequence();
        this.visitor = visitor;
        this.progress = progress;
    }

    /** Reads up to the first problem, or to the end, and passes on the wanted records. */
    LogEnd read() throws IOException {
        nextSequence = start.firstSequence();
        LogEnd badIdentity = checkIdentities();
        for (int segment = 0; segment < identified; segment++) {
            LogEnd finding = readSegment(segment);
            if (finding != null) {
                // After a bad identity no frame can be recognised, so nothing proves that a tail is unforced.
                return badIdentity == null ? finding : badIdentity;
            }
        }
        return badIdentity == null ? cleanEnd() : badIdentity;
    }

    private LogEnd checkIdentities() {
        progress.onStep(ReplayProgress.Step.READING_LOG);
        for (int segment = 0; segment < segments.size(); segment++) {
            Segments.Segment read = segments.get(segment);
            if (read.defect() != null) {
                return finding(
                        LogEnd.Kind.BAD_IDENTITY,
                        segment,
                        read.defect().offset(),
                        read.defect().defect());
            }
            String foreign = LogRules.defectOfLogId(read.header(), header(0).logId);
            String older = segment == 0 ? null : LogRules.defectOfVersion(read.header(), header(segment - 1).version);
            if (older != null) {
                return finding(LogEnd.Kind.BAD_IDENTITY, segment, SegmentDescriptor.VERSION_OFFSET, older);
            }
            if (foreign != null) {
                return finding(
                        LogEnd.Kind.BAD_IDENTITY,
                        segment,
                        SegmentDescriptor.LOG_ID_OFFSET,
                        foreign + " than " + name(0));
            }
            identified++;
            bytesTotal += read.length();
        }
        return checkStore();
    }

    private LogEnd checkStore() {
        StoreFile store = start.store().store();
        LogDamagedException defect = start.store().defect();
        if (defect != null) {
            return new LogEnd(
                    LogEnd.Kind.BAD_IDENTITY,
                    0,
                    defect.file(),
                    defect.offset(),
                    nextSequence,
                    defect.defect() + ": how far the log had been forced is not known, nor how much history it keeps"
                            + " (to open what is there, remove " + StoreFile.NAME + ")");
        }
        if (store != null && identified > 0 && store.logId() != header(0).logId) {
            return new LogEnd(
                    LogEnd.Kind.BAD_IDENTITY,
                    0,
                    storage.describe(StoreFile.NAME),
                    StoreFile.LOG_ID_OFFSET,
                    nextSequence,
                    "the file belongs to another log than " + name(0) + " (if that is the right one, remove "
                            + StoreFile.NAME + ")");
        }
        return null;
    }

    /** Returns {@code null} if reading can continue with the next segment. */
    private LogEnd readSegment(int segment) throws IOException {
        try (FrameReader frames = framesOf(segment)) {
            LogEnd finding = checkStart(segment, frames);
            if (finding != null || header(segment).start == SegmentHeader.Start.UNUSED) {
                reports.add(report(segment, 0, -1, 0, SegmentDescriptor.HEADER_LENGTH, frames));
                return finding;
            }
            lastStarted = segment;
            return readFrames(segment, frames);
        }
    }

    private LogEnd checkStart(int segment, FrameReader frames) throws IOException {
        SegmentHeader header = frames.header();
        if (segment == 0 && nextSequence == 1 && header.number != 1) {
            return finding(
                    LogEnd.Kind.MISSING_SEGMENT,
                    segment,
                    0,
                    "the first segment is " + header.number + ", segment 1 is missing, and " + start.whyIncomplete());
        }
        String missing = segment == 0 ? null : LogRules.defectOfNumber(header.number, header(segment - 1).number);
        if (missing != null) {
            return finding(LogEnd.Kind.MISSING_SEGMENT, segment, 0, missing);
        }
        String defect = LogRules.defectOfStart(frames, isLaterOneInUse(segment));
        if (defect != null) {
            return finding(LogEnd.Kind.LOST_START, segment, SegmentDescriptor.START_OFFSET, defect);
        }
        return header.start == SegmentHeader.Start.UNUSED ? null : checkFirstSequence(segment, header);
    }

    private LogEnd checkFirstSequence(int segment, SegmentHeader header) {
        if (nextSequence == 0 || (segment == 0 && header.firstSequence < nextSequence)) {
            nextSequence = header.firstSequence;
        }
        if (firstSequence == 0) {
            firstSequence = nextSequence;
        }
        if (header.firstSequence > nextSequence) {
            String what = "the segment starts at sequence " + header.firstSequence
                    + (segment == 0
                            ? ", the log must begin at " + nextSequence
                            : ", the one before ends at " + (nextSequence - 1));
            return segment == 0
                    ? finding(LogEnd.Kind.MISSING_SEGMENT, segment, SegmentDescriptor.FIRST_SEQUENCE_OFFSET, what)
                    : finding(LogEnd.Kind.LOST_END, segment, SegmentDescriptor.FIRST_SEQUENCE_OFFSET, what);
        }
        if (header.firstSequence < nextSequence) {
            return finding(
                    LogEnd.Kind.WRONG_SEQUENCE,
                    segment,
                    SegmentDescriptor.FIRST_SEQUENCE_OFFSET,
                    "the segment starts at sequence " + header.firstSequence + ", which the one before, ending at "
                            + (nextSequence - 1) + ", holds already");
        }
        return null;
    }

    private boolean isLaterOneInUse(int segment) {
        return segments.list().subList(segment + 1, identified).stream()
                .anyMatch(later -> later.header().start != SegmentHeader.Start.UNUSED);
    }

    private LogEnd readFrames(int segment, FrameReader frames) throws IOException {
        long first = nextSequence;
        long count = 0;
        LogEnd finding = null;
        while (finding == null && frames.next()) {
            finding = readFrame(segment, frames);
            if (finding == null && ++count % FRAMES_PER_PROGRESS == 0) {
                progress.onProgress(bytesBefore + frames.offset(), bytesTotal, nextSequence - 1);
            }
        }
        if (finding == null && frames.defect() != null) {
            finding = finding(LogEnd.Kind.BAD_FRAME, segment, frames.offset(), frames.defect());
        }
        if (finding == null && frames.endOfNonZero() > frames.offset()) {
            finding =
                    finding(LogEnd.Kind.UNFINISHED, segment, frames.offset(), "the frames end here, but bytes follow");
        }
        reports.add(report(segment, first, nextSequence - 1, count, frames.offset(), frames));
        bytesBefore += frames.file().length();
        return finding;
    }

    private LogEnd readFrame(int segment, FrameReader frames) throws IOException {
        if (frames.firstSequence() != nextSequence) {
            return finding(
                    LogEnd.Kind.WRONG_SEQUENCE,
                    segment,
                    frames.offset(),
                    "frame of sequence " + frames.firstSequence() + " where " + nextSequence + " follows");
        }
        String defect = LogRules.defectOfFields(frames, lastTimestamp, lastPosition);
        if (defect != null) {
            return finding(LogEnd.Kind.BAD_RECORD, segment, frames.offset(), defect);
        }
        LogEnd finding = frames.isMark() ? readMark(segment, frames) : readEvents(segment, frames);
        if (finding != null) {
            return finding;
        }
        if (nextSequence > start.firstSequence()) {
            wantedBytes += frames.length();
        }
        lastTimestamp = frames.timestamp();
        lastPosition = frames.clusterPosition();
        hasFrames = true;
        durableSequence = Math.max(durableSequence, frames.durableSequence());
        return null;
    }

    private LogEnd readEvents(int segment, FrameReader frames) throws IOException {
        LogEnd refusedFrame =
                nextSequence + frames.recordCount() > start.firstSequence() ? beginFrame(segment, frames) : null;
        if (refusedFrame != null) {
            return refusedFrame;
        }
        latestWallClockOfEvents = latestWallClock;
        long address = frames.recordsAddress();
        long end = address + frames.recordsLength();
        int version = SegmentDescriptor.recordVersion(frames.header().version);
        for (int left = frames.recordCount(); ; left--) {
            String defect = LogRules.defectOfRecord(address, end, left, version);
            if (defect != null) {
                return finding(LogEnd.Kind.BAD_RECORD, segment, frames.offset(), defect);
            }
            if (left == 0) {
                return null;
            }
            if (--upcoming < 0) {
                upcoming = frames.showUpcoming(address, GROUP, visitor) - 1;
            }
            record.wrap(address);
            endsWithCleanClose = record.type() == EventType.CLEAN_CLOSE;
            address += record.length();
            try {
                if (nextSequence >= start.firstSequence()) {
                    visitor.onRecord(nextSequence, frames.timestamp(), record);
                }
            } catch (RuntimeException refused) {
                return diverged(segment, frames, refused);
            }
            nextSequence++;
        }
    }

    /** A mark is no event: the next frame has the same sequence. */
    private LogEnd readMark(int segment, FrameReader frames) throws IOException {
        long address = frames.recordsAddress();
        String defect = LogRules.defectOfMark(
                address, address + frames.recordsLength(), SegmentDescriptor.recordVersion(frames.header().version));
        if (defect != null) {
            return finding(LogEnd.Kind.BAD_RECORD, segment, frames.offset(), defect);
        }
        record.wrap(address);
        endsWithCleanClose = record.type() == EventType.CLEAN_CLOSE;
        if (nextSequence < start.firstSequence()) {
            return null;
        }
        LogEnd refusedFrame = beginFrame(segment, frames);
        if (refusedFrame != null) {
            return refusedFrame;
        }
        try {
            visitor.onMark(nextSequence, frames.timestamp(), record);
            return null;
        } catch (RuntimeException refused) {
            return diverged(segment, frames, refused);
        }
    }

    private LogEnd beginFrame(int segment, FrameReader frames) throws IOException {
        latestWallClock = Math.max(latestWallClock, frames.wallClock());
        try {
            visitor.onFrame(frames.header().version, frames.timestamp(), frames.wallClock());
            return null;
        } catch (RuntimeException refused) {
            return diverged(segment, frames, refused);
        }
    }

    private LogEnd diverged(int segment, FrameReader frames, Exception refused) {
        return finding(LogEnd.Kind.DIVERGED, segment, frames.offset(), String.valueOf(refused.getMessage()));
    }

    private LogEnd cleanEnd() {
        int segment = Math.max(lastStarted, 0);
        if (segments.isEmpty() && (start.forcedSequence() > 0 || start.store().segment() > 0)) {
            return new LogEnd(
                    LogEnd.Kind.MISSING_SEGMENT,
                    0,
                    storage.describe(start.forcedWitness()),
                    0,
                    nextSequence,
                    "all segments of the log are missing, which had been forced up to sequence "
                            + start.forcedSequence());
        }
        if (segments.isEmpty()) {
            return new LogEnd(LogEnd.Kind.CLEAN_END, 0, "", 0, nextSequence, "the log is empty");
        }
        if (lastSequence() < start.store().forcedSequence()
                || start.store()
                        .provesForced(
                                header(segment).number, reports.get(segment).usedBytes())) {
            return endsEarly(segment, start.store().store());
        }
        if (lastSequence() < start.forcedSequence()) {
            return finding(LogEnd.Kind.LOST_END, segment, reports.get(segment).usedBytes(), "the log ends here");
        }
        return finding(LogEnd.Kind.CLEAN_END, segment, reports.get(segment).usedBytes(), "the log ends");
    }

    /** The only explanations: a file is missing, or an older copy has replaced it. */
    private LogEnd endsEarly(int segment, StoreFile store) {
        String missing = header(segment).number < store.segment()
                ? SegmentDescriptor.nameOf(store.segment()) + " is missing"
                : "the end of the segment is missing";
        return finding(
                LogEnd.Kind.MISSING_SEGMENT,
                segment,
                reports.get(segment).usedBytes(),
                missing + ": the log ends here, but had been forced up to sequence " + store.forcedSequence()
                        + ", as the file " + StoreFile.NAME + " shows (if an older copy was put in its place on"
                        + " purpose, remove " + StoreFile.NAME + ")");
    }

    private LogEnd finding(LogEnd.Kind kind, int segment, long offset, String description) {
        return new LogEnd(kind, segment, storage.describe(name(segment)), offset, nextSequence, description);
    }

    private SegmentReport report(int segment, long first, long last, long frameCount, long used, FrameReader frames)
            throws IOException {
        return new SegmentReport(
                name(segment), first, last, frameCount, used, frames.file().length());
    }

    /**
     * Searches the log after a finding for proof that the first event, or mark, that cannot be read was forced.
     *
     * @return where the proof is; {@code null} if there is none
     */
    String findProofThatDurable(LogEnd finding) throws IOException {
        // Before any event was read, the sequence may be unknown (0); the lost event is then 1 or later.
        long lost = Math.max(1, finding.sequence());
        String witness = start.witness(header(finding.segment()).number, finding.offset(), lost);
        if (witness != null) {
            return witness;
        }
        long maxSequence = lost;
        for (int segment = finding.segment(); segment < segments.size(); segment++) {
            try (FrameReader frames = framesOf(segment)) {
                while (segment != finding.segment() || frames.offset() < finding.offset()) {
                    if (!frames.next()) {
                        break;
                    }
                    if (segment != finding.segment() && frames.isProof(lost)) {
                        return proof(segment, frames.offset());
                    }
                }
                HeaderBound bound = new HeaderBound(maxSequence, lastTimestamp);
                int offset = frames.findProofThatDurable(lost, bound);
                if (offset >= 0) {
                    return proof(segment, offset);
                }
                maxSequence += header(segment).length / RecordDescriptor.HEADER_LENGTH;
            }
        }
        return null;
    }

    private String proof(int segment, int offset) {
        return name(segment) + " at offset " + offset;
    }

    private FrameReader framesOf(int segment) throws IOException {
        return new FrameReader(storage.openReadOnly(name(segment)), header(segment));
    }

    private String name(int segment) {
        return segments.get(segment).name();
    }

    private SegmentHeader header(int segment) {
        return segments.get(segment).header();
    }

    List<SegmentReport> reports() {
        return reports;
    }

    /** The first sequence of the log; 0 if it holds no event. */
    long firstSequence() {
        return firstSequence;
    }

    /**
     * The sequence of the last record that was read; one less than the first wanted if none was. 0 if the log was to
     * be read from wherever it begins and holds no event.
     */
    long lastSequence() {
        return Math.max(0, nextSequence - 1);
    }

    /** The timestamp of the last event that the log holds or the snapshot covers. */
    long lastTimestamp() {
        return start.snapshot() == null
                ? lastTimestamp
                : Math.max(lastTimestamp, start.snapshot().summary().timestamp());
    }

    /** Whether a frame was read. */
    boolean hasFrames() {
        return hasFrames;
    }

    /** The position in the log of a cluster that the last frame has that was read. */
    ClusterPosition lastPosition() {
        return lastPosition;
    }

    /**
     * The latest that the wall clock has shown up to the end of the log; {@link Long#MIN_VALUE} if there are neither
     * frames nor a snapshot.
     */
    long latestWallClock() {
        return latestWallClock;
    }

    /** The same up to the last event, as a snapshot of that states it. */
    long latestWallClockOfEvents() {
        return latestWallClockOfEvents;
    }

    /** Bytes of the frames with a wanted record. */
    long wantedBytes() {
        return wantedBytes;
    }

    /** The highest sequence that a frame proves was forced. */
    long durableSequence() {
        return durableSequence;
    }

    /** Whether the last frame ends with the mark of a clean close. */
    boolean endsWithCleanClose() {
        return endsWithCleanClose;
    }
}
