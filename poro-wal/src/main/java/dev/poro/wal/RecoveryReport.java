package dev.poro.wal;

import java.util.List;

/**
 * What reading a log found, and what opening it does.
 *
 * @param snapshot covers the events before the first that was replayed; {@code null} if none does
 * @param damagedSnapshots newer snapshots that could not be used
 * @param segments that were read, in order; the last one perhaps in part
 * @param firstSequence of these segments; 0 if none is in use
 * @param lastSequence one less than {@code firstSequence}, or 0, if the log holds no event
 * @param durableSequence the highest sequence that the log proves was forced
 * @param closedCleanly whether the log ends with the mark of a clean close
 * @param droppedBytes bytes after the last readable event, up to the last that is not zero: opening cuts them off, or
 *     they are the damaged part
 * @param file the file in which the readable part ends
 * @param offset where in the file the readable part ends
 * @param description why it ends there
 * @param proof the frame or file that proves that the first unreadable event was forced; {@code null} if none does
 * @param retention how much history the log keeps beyond what opening needs
 */
public record RecoveryReport(
        Verdict verdict,
        SnapshotReport snapshot,
        List<LogProblem> damagedSnapshots,
        List<SegmentReport> segments,
        long firstSequence,
        long lastSequence,
        long durableSequence,
        boolean closedCleanly,
        long droppedBytes,
        String file,
        long offset,
        String description,
        String proof,
        Retention retention) {

    /** The state of the log. */
    public enum Verdict {
        /** The log is intact. */
        SOUND,
        /** The log ends in a tail that nothing proves was forced; opening cuts it off and keeps a copy. */
        UNFORCED_TAIL,
        /** The log is damaged where events may have been acknowledged; opening refuses it. */
        DAMAGED
    }

    static RecoveryReport of(
            Verdict verdict, ReadPlan start, LogReader reader, LogEnd finding, long droppedBytes, String proof) {
        return new RecoveryReport(
                verdict,
                start.snapshot(),
                start.damagedSnapshots(),
                List.copyOf(reader.reports()),
                reader.firstSequence(),
                reader.lastSequence(),
                reader.durableSequence(),
                verdict == Verdict.SOUND && reader.endsWithCleanClose(),
                droppedBytes,
                finding.file(),
                finding.offset(),
                finding.description(),
                proof,
                start.store().retention());
    }

    /** The tail that opening cuts off, as a problem: its events are lost if they were forced after all. */
    LogProblem tail() {
        return new LogProblem(
                file,
                offset,
                droppedBytes,
                lastSequence + 1,
                LogProblem.UNKNOWN,
                description + "; nothing shows that what follows was forced");
    }

    /** The damage, as an exception that names its place. */
    LogDamagedException toException() {
        String what = proof == null ? description : description + "; it had been forced, as " + witness() + " shows";
        return new LogDamagedException(file, offset, lastSequence + 1, what);
    }

    /** Names the proof that the first unreadable event was forced. Only if there is one. */
    public String witness() {
        if (proof.equals(StoreFile.NAME)) {
            return "the file " + proof;
        }
        return (SnapshotDescriptor.isSnapshotName(proof) ? "the snapshot " : "the frame in ") + proof;
    }

    /**
     * A piece of an unforced tail that opening, or a repair, cuts off.
     *
     * @param file the segment's name within the directory
     * @param offset where the piece begins; 0 if it is the entire segment
     * @param bytes up to the last one that is not zero
     * @param quarantine the name of the file that keeps them; {@code null} for a segment that was never used: it is
     *     deleted and not reported
     */
    public record TailCut(String file, long offset, long bytes, String quarantine) {}
}
