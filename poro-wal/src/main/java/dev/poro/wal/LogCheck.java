package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import dev.poro.wal.storage.ZeroFill;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a log and decides what opening it does. This is the one place that distinguishes a torn tail from damage
 * ({@link RecoveryDecision}). Writes nothing; {@link Recovery} carries the decision out. Not thread-safe; used once.
 */
final class LogCheck {
    private final Storage storage;
    private final ReadPlan start;
    private final LogReader reader;
    private LogEnd finding;
    private RecoveryReport report;

    LogCheck(Storage storage, ReadPlan start, LogVisitor visitor, ReplayProgress progress) {
        this.storage = storage;
        this.start = start;
        this.reader = new LogReader(storage, start, visitor, progress);
    }

    /**
     * Reads what opening the log would read: the newest intact snapshot, and the events that follow it.
     *
     * @param visitor receives both, and may refuse them
     * @param workers one of them reads snapshots ahead
     */
    static RecoveryReport asOpening(
            Storage storage, RecoveryMode mode, LogVisitor visitor, ReplayProgress progress, WorkerFactory workers)
            throws IOException {
        ReadPlan start = new SnapshotLoader(storage, visitor, progress, workers).load();
        return new LogCheck(storage, start, visitor, progress).examine(mode);
    }

    /**
     * Fails unless a directory holds a segment.
     *
     * @throws LogDamagedException if another file proves that there were segments
     * @throws LogException if there is no log
     */
    static void requireSegments(Storage storage) throws IOException {
        if (!LogFiles.segments(storage).isEmpty()) {
            return;
        }
        RecoveryReport found =
                asOpening(storage, RecoveryMode.TAIL, LogVisitor.NONE, ReplayProgress.NONE, WorkerFactory.THREADS);
        if (found.verdict() == RecoveryReport.Verdict.DAMAGED) {
            throw found.toException();
        }
        throw new LogException(storage.describe("") + " holds no log segment. Name the directory of a log.");
    }

    /** Reads the log and decides. */
    RecoveryReport examine(RecoveryMode mode) throws IOException {
        finding = reader.read();
        String proof = finding.kind() != LogEnd.Kind.CLEAN_END && finding.kind().isPossibleInUnforcedTail()
                ? reader.findProofThatDurable(finding)
                : null;
        RecoveryDecision decision = RecoveryDecision.of(finding.kind(), proof != null, mode);
        report = RecoveryReport.of(verdictOf(decision), start, reader, finding, countDroppedBytes(), proof);
        return report;
    }

    private static RecoveryReport.Verdict verdictOf(RecoveryDecision decision) {
        switch (decision) {
            case SERVE:
                return RecoveryReport.Verdict.SOUND;
            case CUT:
                return RecoveryReport.Verdict.UNFORCED_TAIL;
            case REFUSE:
                return RecoveryReport.Verdict.DAMAGED;
        }
        throw new AssertionError(decision);
    }

    private long countDroppedBytes() throws IOException {
        if (finding.kind() == LogEnd.Kind.CLEAN_END) {
            return 0;
        }
        long dropped = 0;
        for (int segment = finding.segment(); segment < start.segments().size(); segment++) {
            dropped += endOfNonZero(segment) - keptBytes(segment);
        }
        return dropped;
    }

    /** Bytes at the start of a segment that are kept. */
    private int keptBytes(int segment) {
        boolean keepsFrames = segment == finding.segment() && finding.offset() >= SegmentDescriptor.HEADER_LENGTH;
        return keepsFrames ? (int) finding.offset() : SegmentDescriptor.IDENTITY_LENGTH;
    }

    private int endOfNonZero(int segment) throws IOException {
        try (StorageFile file = storage.openReadOnly(nameOf(segment))) {
            return ZeroFill.endOfNonZero(file, keptBytes(segment), lengthOf(segment));
        }
    }

    private String nameOf(int segment) {
        return start.segments().get(segment).name();
    }

    /** Bytes of a segment; its file may be longer. */
    private int lengthOf(int segment) {
        SegmentHeader header = start.segments().get(segment).header();
        return header == null ? SegmentDescriptor.MAX_LENGTH : header.length;
    }

    /**
     * The pieces that opening cuts off and keeps as quarantine files, in log order. Empty unless the log ends in an
     * unforced tail.
     */
    List<RecoveryReport.TailCut> cuts() throws IOException {
        List<RecoveryReport.TailCut> cuts = new ArrayList<>();
        if (report.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            for (int segment = finding.segment(); segment < start.segments().size(); segment++) {
                RecoveryReport.TailCut cut = cutOf(segment);
                if (cut != null && cut.quarantine() != null) {
                    cuts.add(cut);
                }
            }
        }
        return cuts;
    }

    /** Returns {@code null} if there is nothing to cut in this segment. */
    RecoveryReport.TailCut cutOf(int segment) throws IOException {
        String name = nameOf(segment);
        int kept = keptBytes(segment);
        int end = endOfNonZero(segment);
        if (kept >= SegmentDescriptor.HEADER_LENGTH) {
            return end == kept
                    ? null
                    : new RecoveryReport.TailCut(
                            name, kept, end - kept, LogFiles.freeQuarantine(storage, stemOfQuarantine(name, kept)));
        }
        // A segment that was prepared and never used is deleted without a copy.
        return new RecoveryReport.TailCut(
                name, 0, end, end == SegmentDescriptor.IDENTITY_LENGTH ? null : LogFiles.freeQuarantine(storage, name));
    }

    /** Whether a segment, or its beginning, is kept in the log. */
    boolean isKept(int segment) {
        return finding.kind() == LogEnd.Kind.CLEAN_END
                || segment < finding.segment()
                || (segment == finding.segment() && keptBytes(segment) >= SegmentDescriptor.HEADER_LENGTH);
    }

    /** The segment to append to, or {@code null} if the log has none. */
    Tail tail() {
        for (int segment = reader.reports().size() - 1; segment >= 0; segment--) {
            SegmentReport read = reader.reports().get(segment);
            if (isKept(segment) && read.isStarted()) {
                return new Tail(read.file(), start.segments().get(segment).header(), (int) read.usedBytes());
            }
        }
        return null;
    }

    /**
     * Whether the device is known to hold zeros after the tail, or no blocks: that is so after a clean close. A
     * quarantine file shows that a tail was cut there since; the zeros in its place may not have been forced.
     */
    boolean isZeroAfter(Tail tail) throws IOException {
        String cut = stemOfQuarantine(tail.name(), tail.end()) + ".";
        return reader.endsWithCleanClose() && storage.list().stream().noneMatch(name -> name.startsWith(cut));
    }

    private static String stemOfQuarantine(String segment, int offset) {
        return segment + "." + offset;
    }

    ReadPlan start() {
        return start;
    }

    LogReader reader() {
        return reader;
    }

    /** Where and why the readable part of the log ends. Only after {@link #examine}. */
    LogEnd finding() {
        return finding;
    }

    /** What was found and decided. Only after {@link #examine}. */
    RecoveryReport report() {
        return report;
    }

    /**
     * The segment that a log continues in.
     *
     * @param end where the next frame goes
     */
    record Tail(String name, SegmentHeader header, int end) {}
}
