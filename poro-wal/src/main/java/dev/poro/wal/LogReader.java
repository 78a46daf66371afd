package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the segments of a log in their order and hands every record to a visitor, up to the first place that cannot
 * be read on from. Writes nothing. Not thread-safe; used once.
 */
final class LogReader {
    private static final int FRAMES_PER_PROGRESS = 1 << 12;

    /** Records that are shown ahead of their turn: enough for their cache misses to overlap. */
    private static final int GROUP = 16;

    private final Storage storage;
    private final ReadPlan start;
    private final List<String> names;
    private final LogVisitor visitor;
    private final ReplayProgress progress;
    private final RecordFlyweight record = new RecordFlyweight();

    private final List<SegmentHeader> headers = new ArrayList<>();
    private final List<SegmentReport> reports = new ArrayList<>();
    private long firstSequence;
    private long nextSequence;
    private long lastTimestamp = Long.MIN_VALUE;
    private long durableSequence;
    private EventType lastType;
    private int lastStarted = -1;
    private long bytesTotal;
    private long bytesBefore;
    private long wantedBytes;
    /** Records that were shown and not handed on yet. */
    private int upcoming;

    LogReader(Storage storage, ReadPlan start, LogVisitor visitor, ReplayProgress progress) {
        this.storage = storage;
        this.start = start;
        this.names = start.segments().names();
        this.durableSequence = start.forcedSequence();
        this.visitor = visitor;
        this.progress = progress;
    }

    /** Reads all that can be read, and hands on the records that are wanted. */
    LogEnd read() throws IOException {
        nextSequence = start.firstSequence();
        LogEnd badIdentity = checkHeaders();
        for (int segment = 0; segment < headers.size(); segment++) {
            LogEnd finding = readSegment(segment);
            if (finding != null) {
                // Behind a bad identity nothing can be recognised, so nothing says that a tail is unforced.
                return badIdentity == null ? finding : badIdentity;
            }
        }
        return badIdentity == null ? cleanEnd() : badIdentity;
    }

    private LogEnd checkHeaders() {
        progress.onStep(ReplayProgress.Step.READING_LOG);
        for (int segment = 0; segment < names.size(); segment++) {
            Segments.Segment read = start.segments().get(segment);
            if (read.defect() != null) {
                return finding(
                        LogEnd.Kind.BAD_IDENTITY,
                        segment,
                        read.defect().offset(),
                        read.defect().defect());
            }
            if (segment > 0 && read.header().logId != headers.get(0).logId) {
                return finding(
                        LogEnd.Kind.BAD_IDENTITY,
                        segment,
                        SegmentDescriptor.LOG_ID_OFFSET,
                        "the segment belongs to another log than " + names.get(0));
            }
            headers.add(read.header());
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
        if (store != null && !headers.isEmpty() && store.logId() != headers.get(0).logId) {
            return new LogEnd(
                    LogEnd.Kind.BAD_IDENTITY,
                    0,
                    storage.describe(StoreFile.NAME),
                    StoreFile.LOG_ID_OFFSET,
                    nextSequence,
                    "the file belongs to another log than " + names.get(0) + " (if that is the right one, remove "
                            + StoreFile.NAME + ")");
        }
        return null;
    }

    /** Returns {@code null} if the log can be read on in the next segment. */
    private LogEnd readSegment(int segment) throws IOException {
        SegmentHeader header = headers.get(segment);
        try (FrameReader frames = new FrameReader(storage.openReadOnly(names.get(segment)), header)) {
            LogEnd finding = checkStart(segment, frames);
            if (finding != null || header.start == SegmentHeader.Start.UNUSED) {
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
        if (segment > 0 && header.number != headers.get(segment - 1).number + 1) {
            return finding(
                    LogEnd.Kind.MISSING_SEGMENT,
                    segment,
                    0,
                    "segment " + header.number + " follows segment " + headers.get(segment - 1).number
                            + ", the one between is missing");
        }
        if (header.start == SegmentHeader.Start.UNUSED) {
            if (startedAfter(segment)) {
                return lostStart(segment, "the segment has no first sequence, but a later one is in use");
            }
            return frames.endOfNonZero() > frames.offset()
                    ? lostStart(segment, "the segment has no first sequence, but is not empty")
                    : null;
        }
        if (header.start == SegmentHeader.Start.TORN) {
            return lostStart(segment, "the first sequence of the segment fails its checksum");
        }
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

    private boolean startedAfter(int segment) {
        return headers.subList(segment + 1, headers.size()).stream()
                .anyMatch(later -> later.start != SegmentHeader.Start.UNUSED);
    }

    private LogEnd lostStart(int segment, String description) {
        return finding(LogEnd.Kind.LOST_START, segment, SegmentDescriptor.START_OFFSET, description);
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
        if (frames.timestamp() < lastTimestamp || frames.durableSequence() >= nextSequence) {
            return finding(
                    LogEnd.Kind.BAD_RECORD,
                    segment,
                    frames.offset(),
                    "frame of sequence " + nextSequence + " with timestamp " + frames.timestamp() + " after "
                            + lastTimestamp + " and durable sequence " + frames.durableSequence());
        }
        long address = frames.recordsAddress();
        long end = address + frames.recordsLength();
        for (int i = frames.recordCount(); i > 0; i--) {
            String defect = RecordFlyweight.defectOf(address, end - address);
            if (defect != null) {
                return finding(LogEnd.Kind.BAD_RECORD, segment, frames.offset(), defect);
            }
            if (--upcoming < 0) {
                upcoming = frames.showUpcoming(address, GROUP, visitor) - 1;
            }
            record.wrap(address);
            lastType = record.type();
            address += record.length();
            try {
                if (nextSequence >= start.firstSequence()) {
                    visitor.onRecord(nextSequence, frames.timestamp(), record);
                }
            } catch (RuntimeException refused) {
                return finding(LogEnd.Kind.DIVERGED, segment, frames.offset(), String.valueOf(refused.getMessage()));
            }
            nextSequence++;
        }
        if (end - address >= FrameDescriptor.ALIGNMENT) {
            return finding(
                    LogEnd.Kind.BAD_RECORD, segment, frames.offset(), "bytes behind the last record of the frame");
        }
        if (nextSequence > start.firstSequence()) {
            wantedBytes += frames.length();
        }
        lastTimestamp = frames.timestamp();
        durableSequence = Math.max(durableSequence, frames.durableSequence());
        return null;
    }

    private LogEnd cleanEnd() {
        int segment = Math.max(lastStarted, 0);
        if (names.isEmpty() && start.forcedSequence() > 0) {
            return new LogEnd(
                    LogEnd.Kind.MISSING_SEGMENT,
                    0,
                    storage.describe(start.forcedWitness()),
                    0,
                    nextSequence,
                    "all segments of the log are missing, which had been forced up to sequence "
                            + start.forcedSequence());
        }
        if (names.isEmpty()) {
            return new LogEnd(LogEnd.Kind.CLEAN_END, 0, "", 0, nextSequence, "the log is empty");
        }
        if (lastSequence() < start.store().forcedSequence()) {
            return endsEarly(segment, start.store().store());
        }
        if (lastSequence() < start.forcedSequence()) {
            return finding(LogEnd.Kind.LOST_END, segment, reports.get(segment).usedBytes(), "the log ends here");
        }
        return finding(LogEnd.Kind.CLEAN_END, segment, reports.get(segment).usedBytes(), "the log ends");
    }

    /** Only a missing file explains that, or one that an older copy has replaced. */
    private LogEnd endsEarly(int segment, StoreFile store) {
        long last = headers.get(segment).number;
        String missing = last < store.segment()
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
        return new LogEnd(kind, segment, storage.describe(names.get(segment)), offset, nextSequence, description);
    }

    private SegmentReport report(int segment, long first, long last, long frameCount, long used, FrameReader frames)
            throws IOException {
        return new SegmentReport(
                names.get(segment), first, last, frameCount, used, frames.file().length());
    }

    /**
     * Looks behind a finding for proof that its first unreadable event was forced.
     *
     * @return where the proof is, or {@code null} if there is none
     */
    String findProofThatDurable(LogEnd finding) throws IOException {
        // Of a log that is read from any event on, nothing may be known yet: then it is the first of all at least.
        long lost = Math.max(1, finding.sequence());
        if (lost <= start.forcedSequence()) {
            return start.forcedWitness();
        }
        long maxSequence = lost;
        for (int segment = finding.segment(); segment < names.size(); segment++) {
            try (FrameReader frames = new FrameReader(storage.openReadOnly(names.get(segment)), headers.get(segment))) {
                while (segment != finding.segment() || frames.offset() < finding.offset()) {
                    if (!frames.next()) {
                        break;
                    }
                    if (frames.durableSequence() >= lost) {
                        return proof(segment, frames.offset());
                    }
                }
                HeaderBound bound = new HeaderBound(maxSequence, lastTimestamp);
                int offset = frames.findProofThatDurable(lost, bound);
                if (offset >= 0) {
                    return proof(segment, offset);
                }
                maxSequence += headers.get(segment).length / RecordDescriptor.HEADER_LENGTH;
            }
        }
        return null;
    }

    private String proof(int segment, int offset) {
        return names.get(segment) + " at offset " + offset;
    }

    List<String> names() {
        return names;
    }

    List<SegmentHeader> headers() {
        return headers;
    }

    List<SegmentReport> reports() {
        return reports;
    }

    /** The first sequence of the log; 0 if it holds none. */
    long firstSequence() {
        return firstSequence;
    }

    /**
     * The sequence of the last record that was read, or one less than the first. 0 if whichever is first was wanted
     * and nothing is there.
     */
    long lastSequence() {
        return Math.max(0, nextSequence - 1);
    }

    /** Of the last event that is in the log or that a snapshot stands for. */
    long lastTimestamp() {
        return start.snapshot() == null
                ? lastTimestamp
                : Math.max(lastTimestamp, start.snapshot().summary().timestamp());
    }

    /** Bytes of the frames that hold a record that was wanted. */
    long wantedBytes() {
        return wantedBytes;
    }

    /** The highest sequence that a frame says was forced. */
    long durableSequence() {
        return durableSequence;
    }

    /** Whether the last record is the mark of a clean close. */
    boolean endsWithCleanClose() {
        return lastType == EventType.CLEAN_CLOSE;
    }
}
