package dev.poro.wal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a log, decides, and makes it fit for appending. {@link #examine} writes nothing; {@link #carryOut} does what
 * was decided and may be broken off by a crash at any step: the next recovery finds the same and goes on.
 */
final class Recovery {
    private final Storage storage;
    private final LogStart start;
    private final LogReader reader;
    private Finding finding;
    private RecoveryReport report;

    Recovery(Storage storage, LogStart start, LogVisitor visitor, ReplayProgress progress) {
        this.storage = storage;
        this.start = start;
        this.reader = new LogReader(storage, start, visitor, progress);
    }

    /**
     * Fails unless a directory holds a segment.
     *
     * @throws LogDamagedException if something there shows that it has held some
     * @throws LogException if nothing does
     */
    static void requireSegments(Storage storage) throws IOException {
        if (!LogFiles.segments(storage).isEmpty()) {
            return;
        }
        LogStart start = new SnapshotLoader(storage, LogVisitor.NONE, ReplayProgress.NONE, Workers.THREADS).load();
        RecoveryReport found =
                new Recovery(storage, start, LogVisitor.NONE, ReplayProgress.NONE).examine(RecoveryMode.TAIL);
        if (found.verdict() == RecoveryReport.Verdict.DAMAGED) {
            throw found.toException();
        }
        throw new LogException(storage.describe("") + " holds no log segment. Name the directory of a log.");
    }

    /** Reads the log and decides what to do. */
    RecoveryReport examine(RecoveryMode mode) throws IOException {
        finding = reader.read();
        String proof =
                finding.kind() != Finding.Kind.CLEAN_END && finding.kind().isPossibleInUnforcedTail()
                        ? reader.findProofThatDurable(finding)
                        : null;
        Decision decision = Decision.of(finding.kind(), proof != null, mode);
        report = RecoveryReport.of(verdictOf(decision), start, reader, finding, countDroppedBytes(), proof);
        return report;
    }

    private static RecoveryReport.Verdict verdictOf(Decision decision) {
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
        if (finding.kind() == Finding.Kind.CLEAN_END) {
            return 0;
        }
        long dropped = 0;
        for (int segment = finding.segment(); segment < reader.names().size(); segment++) {
            dropped += endOfNonZero(segment) - keptBytes(segment);
        }
        return dropped;
    }

    /** Bytes of a segment, from its start, that stay. */
    private int keptBytes(int segment) {
        boolean keepsFrames = segment == finding.segment() && finding.offset() >= SegmentDescriptor.HEADER_LENGTH;
        return keepsFrames ? (int) finding.offset() : SegmentDescriptor.IDENTITY_LENGTH;
    }

    private int endOfNonZero(int segment) throws IOException {
        try (StorageFile file = storage.openReadOnly(reader.names().get(segment))) {
            return Zeros.endOfNonZero(file, keptBytes(segment), lengthOf(segment));
        }
    }

    /** Bytes of a segment, whatever its file may have beyond. */
    private int lengthOf(int segment) {
        return segment < reader.headers().size() ? reader.headers().get(segment).length : SegmentDescriptor.MAX_LENGTH;
    }

    /**
     * Cuts the unforced tail if there is one, then makes everything that was read durable, whatever an earlier
     * process left in the page cache only.
     *
     * @return the segment to append to, or {@code null} if the log has none
     * @throws LogDamagedException if that was the decision; nothing is changed then
     */
    Tail carryOut() throws IOException {
        if (report.verdict() == RecoveryReport.Verdict.DAMAGED) {
            throw report.toException();
        }
        CanonicalNames.adopt(storage);
        deleteTemporaries();
        if (report.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            cut();
        }
        quarantineDamagedSnapshots();
        deleteUnused();
        forceUnproven();
        storage.forceDirectory();
        return tail();
    }

    /** What a crash left of files that never got their name. */
    private void deleteTemporaries() throws IOException {
        for (String name : LogFiles.temporaries(storage)) {
            storage.delete(name);
        }
    }

    /**
     * Later segments go first and whole, so that a crash in between leaves a log with the same finding and a shorter
     * tail.
     */
    private void cut() throws IOException {
        for (int segment = reader.names().size() - 1; segment >= finding.segment(); segment--) {
            RecoveryReport.TailCut cut = cutOf(segment);
            if (cut == null) {
                continue;
            }
            if (cut.quarantine() == null) {
                delete(segment);
            } else if (cut.offset() == 0) {
                rewrite(cut.file(), (int) cut.bytes());
                storage.rename(cut.file(), cut.quarantine());
                storage.forceDirectory();
            } else {
                quarantineTail(segment, cut);
            }
        }
    }

    /**
     * What {@link #carryOut} cuts off and keeps a copy of, in the order of the log; nothing unless the log ends in an
     * unforced tail.
     */
    List<RecoveryReport.TailCut> cuts() throws IOException {
        List<RecoveryReport.TailCut> cuts = new ArrayList<>();
        if (report.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            for (int segment = finding.segment(); segment < reader.names().size(); segment++) {
                RecoveryReport.TailCut cut = cutOf(segment);
                if (cut != null && cut.quarantine() != null) {
                    cuts.add(cut);
                }
            }
        }
        return cuts;
    }

    /** Returns {@code null} if there is nothing to cut: what is missing may only lie in a later segment. */
    private RecoveryReport.TailCut cutOf(int segment) throws IOException {
        String name = reader.names().get(segment);
        int kept = keptBytes(segment);
        int end = endOfNonZero(segment);
        if (kept >= SegmentDescriptor.HEADER_LENGTH) {
            return end == kept
                    ? null
                    : new RecoveryReport.TailCut(
                            name, kept, end - kept, freeQuarantineName(stemOfQuarantine(name, kept)));
        }
        // Prepared and never used: nothing to keep a copy of.
        return new RecoveryReport.TailCut(
                name, 0, end, end == SegmentDescriptor.IDENTITY_LENGTH ? null : freeQuarantineName(name));
    }

    private void delete(int segment) throws IOException {
        storage.delete(reader.names().get(segment));
        storage.forceDirectory();
    }

    private void quarantineTail(int segment, RecoveryReport.TailCut cut) throws IOException {
        int from = (int) cut.offset();
        int to = (int) (cut.offset() + cut.bytes());
        try (StorageFile file = storage.open(reader.names().get(segment))) {
            copyToQuarantine(file, from, to, cut.quarantine());
            Zeros.write(file, from, to);
            file.force();
        }
    }

    private void copyToQuarantine(StorageFile file, int from, int to, String name) throws IOException {
        String temporary = name + SegmentDescriptor.TEMPORARY_SUFFIX;
        try (StorageFile copy = storage.create(temporary)) {
            FileBytes.copy(file, from, to, copy, 0);
            copy.force();
        }
        new DurableNames(storage).give(temporary, name);
    }

    private String freeQuarantineName(String stem) throws IOException {
        List<String> taken = storage.list();
        String name = stem + SegmentDescriptor.QUARANTINE_SUFFIX;
        for (int i = 2; taken.contains(name); i++) {
            name = stem + "." + i + SegmentDescriptor.QUARANTINE_SUFFIX;
        }
        return name;
    }

    /**
     * Segments that were prepared ahead and never used: their zeros may have holes, and new ones are cheap. The last
     * goes first, so that a crash leaves no gap.
     */
    private void deleteUnused() throws IOException {
        for (int segment = reader.headers().size() - 1; segment >= 0; segment--) {
            if (isKept(segment) && reader.headers().get(segment).start == SegmentHeader.Start.UNUSED) {
                delete(segment);
            }
        }
    }

    /** They make room for new ones, and the log is kept for those that are whole. */
    private void quarantineDamagedSnapshots() throws IOException {
        for (String name : start.damagedNames()) {
            storage.rename(name, freeQuarantineName(name));
        }
    }

    private boolean isKept(int segment) {
        return finding.kind() == Finding.Kind.CLEAN_END
                || segment < finding.segment()
                || (segment == finding.segment() && keptBytes(segment) >= SegmentDescriptor.HEADER_LENGTH);
    }

    /** Makes what no frame proves to be durable so. */
    private void forceUnproven() throws IOException {
        for (int segment = 0; segment < reader.reports().size(); segment++) {
            SegmentReport read = reader.reports().get(segment);
            if (isKept(segment) && read.isStarted() && read.lastSequence() >= reader.durableSequence()) {
                rewrite(read.file(), (int) read.usedBytes());
            }
        }
    }

    /**
     * Writes the first bytes of a file once more and forces them: after an exit on a failed write-back the page cache
     * may hold, as clean, bytes that the disk does not.
     */
    private void rewrite(String name, int length) throws IOException {
        try (StorageFile file = storage.open(name)) {
            FileBytes.copy(file, 0, length, file, 0);
            file.force();
        }
    }

    private Tail tail() {
        for (int segment = reader.reports().size() - 1; segment >= 0; segment--) {
            SegmentReport read = reader.reports().get(segment);
            if (isKept(segment) && read.isStarted()) {
                return new Tail(read.file(), reader.headers().get(segment), (int) read.usedBytes());
            }
        }
        return null;
    }

    /**
     * Whether the device has nothing but zeros behind the tail, or no blocks: so it was when the log was closed
     * cleanly. If a tail was cut there since, its copy tells, and nobody knows whether the zeros in its place were
     * forced.
     */
    boolean isZeroBehind(Tail tail) throws IOException {
        String cut = stemOfQuarantine(tail.name(), tail.end()) + ".";
        return reader.endsWithCleanClose() && storage.list().stream().noneMatch(name -> name.startsWith(cut));
    }

    private static String stemOfQuarantine(String segment, int offset) {
        return segment + "." + offset;
    }

    LogReader reader() {
        return reader;
    }

    /**
     * The segment that a log goes on in.
     *
     * @param end where the next frame goes
     */
    record Tail(String name, SegmentHeader header, int end) {}
}
