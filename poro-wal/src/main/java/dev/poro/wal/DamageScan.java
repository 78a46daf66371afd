package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.ZeroFill;
import java.io.IOException;
import java.util.List;

/**
 * Reads a log to its end, past any damage. Passes on every intact frame in sequence order, and lists every problem.
 * It serves verification and salvage, and never decides what opening does: that is {@link LogReader}, which stops at
 * the first problem. Writes nothing. Not thread-safe; used once.
 */
final class DamageScan {
    private static final int FRAMES_PER_PROGRESS = 1 << 12;

    private final Storage storage;
    private final Segments files;
    private final LogVisitor visitor;
    private final ReplayProgress progress;
    private final RecordFlyweight record = new RecordFlyweight();

    private ProblemList problems;
    private List<ScannedSegment> segments;
    private long firstWanted;
    private long logId;
    private int versionBefore = FileHeader.FIRST_VERSION;
    private long bytesTotal;
    private long bytesBefore;
    private long steps;
    private long nextSequence;
    private long lastTimestamp = Long.MIN_VALUE;
    private ClusterPosition lastPosition = ClusterPosition.NONE;
    private long firstSequence;
    private long lastSequence;
    private long frameCount;
    private long eventCount;
    private long missingEvents;
    /** The last segment in use, and where its frames end. */
    private long lastNumber;

    private long lastEnd;

    /** @param files the segments of the log, in any order */
    DamageScan(Storage storage, Segments files, LogVisitor visitor, ReplayProgress progress) {
        this.storage = storage;
        this.files = files;
        this.visitor = visitor;
        this.progress = progress;
    }

    /**
     * Reads everything, and passes on what is wanted.
     *
     * @param first the first wanted sequence, which the log must reach back to; events missing before it are no
     *     problem. 0 to start wherever the log begins
     * @throws IOException if a file cannot be read: a read error is not skipped like damage
     */
    ScanReport scan(long first) throws IOException {
        return scan(first, StoreFile.Look.NONE);
    }

    /**
     * Reads everything, and passes on what is wanted.
     *
     * @param first as above
     * @param store says how far the log was forced: what is missing up to there is a problem
     */
    ScanReport scan(long first, StoreFile.Look store) throws IOException {
        firstWanted = first;
        progress.onStep(ReplayProgress.Step.SEARCHING_DAMAGE);
        problems = new ProblemList(first);
        segments = ScannedSegment.of(storage, files);
        logId = ScannedSegment.logIdOf(segments);
        bytesTotal = segments.stream().mapToLong(ScannedSegment::length).sum();
        for (int i = 0; i < segments.size(); i++) {
            if (firstWanted > 0) {
                checkNumber(i);
            }
            scanSegment(i);
            bytesBefore += segments.get(i).length();
        }
        checkEnd(store);
        problems.end(nextSequence);
        return new ScanReport(
                problems.listed(),
                problems.count(),
                problems.bytes(),
                frameCount,
                eventCount,
                firstSequence,
                lastSequence,
                missingEvents,
                !problems.mayHaveCost());
    }

    private void checkNumber(int index) {
        long number = segments.get(index).number();
        long before = index == 0 ? numberBeforeFirst() : segments.get(index - 1).number();
        if (number == before) {
            problems.addHarmless(describe(index), 0, 0, "another file holds segment " + number + ", too");
        }
        String missing = LogRules.defectOfNumber(number, before);
        if (missing != null) {
            problems.add(describe(index), 0, 0, missing);
        }
    }

    /** Where a snapshot covers the events before the wanted ones, the first segments may have been deleted. */
    private long numberBeforeFirst() {
        return firstWanted == 1 ? 0 : segments.get(0).number() - 1;
    }

    /** The log was forced up to each snapshot before the snapshot got its name. */
    private void checkEnd(StoreFile.Look store) {
        long forced = store.forcedSequence();
        if (firstWanted > Math.max(1, nextSequence)) {
            problems.add(
                    describe(segments.size() - 1),
                    0,
                    0,
                    "the log ends before sequence " + (firstWanted - 1) + ", which the snapshot goes up to");
            nextSequence = firstWanted;
        }
        if (forced >= Math.max(1, nextSequence)) {
            problems.add(
                    describe(segments.size() - 1),
                    0,
                    0,
                    "the log ends here, but had been forced up to sequence " + forced + ", as the file "
                            + StoreFile.NAME + " shows",
                    Math.max(1, nextSequence),
                    forced);
        } else if (!segments.isEmpty() && store.provesForced(lastNumber, lastEnd)) {
            problems.addHarmless(
                    describe(segments.size() - 1),
                    0,
                    0,
                    "the log ends here, but had been forced further, as the file " + StoreFile.NAME + " shows");
        }
    }

    private void scanSegment(int index) throws IOException {
        ScannedSegment segment = segments.get(index);
        String foreign = segment.identified() ? LogRules.defectOfLogId(segment.header(), logId) : null;
        if (foreign != null) {
            problems.add(describe(index), SegmentDescriptor.LOG_ID_OFFSET, segment.length(), foreign);
            return;
        }
        if (segment.header() == null) {
            reportUnreadable(index);
            return;
        }
        checkVersion(index);
        if (segment.problem() != null) {
            problems.addHarmless(
                    describe(index),
                    segment.problem().offset(),
                    SegmentDescriptor.IDENTITY_LENGTH,
                    segment.problem().defect()
                            + (segment.identified() ? "" : "; its salt was recovered from its frames"));
        }
        try (FrameReader frames = new FrameReader(storage.openReadOnly(segment.name()), segment.header())) {
            checkStart(index, frames);
            scanFrames(index, frames, frames.endOfNonZero());
        }
    }

    private void checkVersion(int index) {
        SegmentHeader header = segments.get(index).header();
        String defect = LogRules.defectOfVersion(header, versionBefore);
        if (defect != null) {
            problems.addHarmless(
                    describe(index), SegmentDescriptor.VERSION_OFFSET, SegmentDescriptor.VERSION_OFFSET, defect);
        }
        versionBefore = header.version;
    }

    /** Without its salt, no frame of a segment can be recognised. */
    private void reportUnreadable(int index) throws IOException {
        ScannedSegment segment = segments.get(index);
        long from = segment.problem().offset();
        int limit = (int) Math.min(SegmentDescriptor.MAX_LENGTH, segment.length());
        int end;
        try (StorageFile file = storage.openReadOnly(segment.name())) {
            end = ZeroFill.endOfNonZero(file, 0, limit);
        }
        String cause = segment.problem().defect() + "; nothing in it can be read";
        if (end > SegmentDescriptor.IDENTITY_LENGTH || index + 1 < segments.size()) {
            problems.add(describe(index), from, Math.max(from, end), cause);
        } else {
            problems.addHarmless(describe(index), from, Math.max(from, end), cause);
        }
    }

    private void checkStart(int index, FrameReader frames) throws IOException {
        SegmentHeader header = frames.header();
        if (header.start == SegmentHeader.Start.STARTED) {
            onEnd(header.number, frames.offset());
        }
        String defect = LogRules.defectOfStart(frames, isLaterOneInUse(index));
        if (defect != null) {
            problems.add(describe(index), SegmentDescriptor.START_OFFSET, SegmentDescriptor.HEADER_LENGTH, defect);
        } else if (header.start == SegmentHeader.Start.UNUSED) {
            return;
        } else if (header.firstSequence < nextSequence) {
            problems.addHarmless(
                    describe(index),
                    SegmentDescriptor.FIRST_SEQUENCE_OFFSET,
                    SegmentDescriptor.HEADER_LENGTH,
                    "the segment starts at sequence " + header.firstSequence + " where " + nextSequence + " follows");
        } else {
            goOnAt(
                    header.firstSequence,
                    index,
                    SegmentDescriptor.FIRST_SEQUENCE_OFFSET,
                    "the segment starts at sequence " + header.firstSequence);
        }
    }

    private void onEnd(long number, long end) {
        lastNumber = number;
        lastEnd = end;
    }

    private boolean isLaterOneInUse(int index) {
        return segments.subList(index + 1, segments.size()).stream().anyMatch(later -> !later.isUnused());
    }

    private void scanFrames(int index, FrameReader frames, int end) throws IOException {
        long limit = firstSequenceAfter(index);
        while (true) {
            if (frames.next()) {
                onIntactFrame(index, frames, limit);
            } else if (frames.defect() != null || frames.offset() < end) {
                if (!skipDamage(index, frames, end)) {
                    return;
                }
            } else {
                return;
            }
            if (++steps % FRAMES_PER_PROGRESS == 0) {
                progress.onProgress(bytesBefore + frames.offset(), bytesTotal, lastSequence);
            }
        }
    }

    /** If a segment may belong to another log, its frames count only if they fit before the next segment. */
    private long firstSequenceAfter(int index) {
        ScannedSegment segment = segments.get(index);
        if (segment.identified() || segment.header().logId == logId) {
            return Long.MAX_VALUE;
        }
        return segments.subList(index + 1, segments.size()).stream()
                .filter(later -> later.identified() && later.header().logId == logId && later.isStarted())
                .mapToLong(later -> later.header().firstSequence)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    /** Reports what cannot be read; returns whether something readable follows in the segment. */
    private boolean skipDamage(int index, FrameReader frames, int end) throws IOException {
        int from = frames.offset();
        String cause = frames.defect() == null ? "the frames end here, but bytes follow" : frames.defect();
        boolean headerIntact = frames.isHeaderIntact();
        boolean isMark = headerIntact && frames.isMark();
        long first = headerIntact ? frames.firstSequence() : 0;
        long last = headerIntact ? first + frames.recordCount() - 1 : 0;
        int frameEnd = frames.frameEnd();
        boolean found = frames.resynchronise();
        int to = found ? frames.offset() : Math.max(end, frameEnd);
        if (headerIntact && first >= nextSequence && last >= first) {
            goOnAt(first, index, from, "the frame has sequence " + first);
            problems.add(describe(index), from, to, cause, first, last);
            countMissing(first, last);
            nextSequence = last + 1;
        } else if (isMark && first >= Math.max(1, nextSequence) && to == frameEnd) {
            goOnAt(first, index, from, "the mark before sequence " + first);
            problems.addHarmless(describe(index), from, to, cause);
        } else {
            problems.add(describe(index), from, to, cause);
        }
        return found;
    }

    private void onIntactFrame(int index, FrameReader frames, long limit) throws IOException {
        onEnd(frames.header().number, frames.frameEnd());
        long first = frames.firstSequence();
        long last = first + frames.recordCount() - 1;
        String defect = frames.defectOfRecords();
        if (first < Math.max(1, nextSequence) || last < first - 1) {
            problems.addHarmless(describe(index), frames.offset(), frames.frameEnd(), "frames that were read before");
        } else if (last >= limit) {
            problems.addHarmless(describe(index), frames.offset(), frames.frameEnd(), "frames of another log");
        } else if (defect != null && frames.isMark()) {
            goOnAt(first, index, frames.offset(), "the frame has sequence " + first);
            problems.addHarmless(describe(index), frames.offset(), frames.frameEnd(), defect);
        } else if (defect != null) {
            goOnAt(first, index, frames.offset(), "the frame has sequence " + first);
            problems.add(describe(index), frames.offset(), frames.frameEnd(), defect, first, last);
            countMissing(first, last);
            nextSequence = last + 1;
        } else {
            goOnAt(first, index, frames.offset(), "the frame has sequence " + first);
            checkFields(index, frames);
            handOn(frames);
        }
    }

    /** These rules say nothing about the events themselves. */
    private void checkFields(int index, FrameReader frames) {
        String defect = LogRules.defectOfFields(frames, lastTimestamp, lastPosition);
        if (defect != null) {
            problems.addHarmless(describe(index), frames.offset(), frames.frameEnd(), defect);
        }
    }

    /**
     * Continues at this sequence. Events missing before it are attributed to the problems since reading last
     * continued; if there are none, the gap itself is reported.
     */
    private void goOnAt(long sequence, int index, long offset, String what) {
        if (nextSequence == 0 && firstWanted > 0) {
            nextSequence = Math.min(firstWanted, sequence);
        }
        if (nextSequence > 0 && sequence > nextSequence) {
            if (!problems.hasOpen()) {
                problems.add(describe(index), offset, offset, what + " where " + nextSequence + " follows");
            }
            countMissing(nextSequence, sequence - 1);
        }
        problems.settle(nextSequence, nextSequence > 0 ? sequence - 1 : 0);
        nextSequence = sequence;
    }

    private void countMissing(long first, long last) {
        missingEvents += Math.max(0, last - Math.max(first, firstWanted) + 1);
    }

    private void handOn(FrameReader frames) throws IOException {
        long address = frames.recordsAddress();
        long first = Math.max(nextSequence, firstWanted);
        lastTimestamp = Math.max(lastTimestamp, frames.timestamp());
        lastPosition = frames.clusterPosition();
        if (nextSequence + Math.max(1, frames.recordCount()) <= first) {
            nextSequence += frames.recordCount();
            return;
        }
        visitor.onFrame(frames.header().version, lastTimestamp, frames.wallClock());
        frameCount++;
        if (frames.isMark()) {
            visitor.onMark(nextSequence, lastTimestamp, record.wrap(address));
            return;
        }
        for (int i = frames.recordCount(); i > 0; i--) {
            record.wrap(address);
            address += record.length();
            if (nextSequence >= first) {
                visitor.onRecord(nextSequence, lastTimestamp, record);
            }
            nextSequence++;
        }
        visitor.onFrameEnd();
        eventCount += nextSequence - first;
        firstSequence = firstSequence == 0 ? first : firstSequence;
        lastSequence = nextSequence - 1;
    }

    private String describe(int index) {
        return storage.describe(segments.get(index).name());
    }
}
