package dev.poro.wal;

import java.util.List;

/**
 * What reading a log found, and what opening it does about that.
 *
 * @param snapshot what stands for the events before the first that was replayed; {@code null} if nothing does
 * @param damagedSnapshots newer snapshots that could not be used
 * @param segments those that were read, in order; the last one perhaps in part
 * @param firstSequence of these segments; 0 if they hold no event
 * @param lastSequence one less than {@code firstSequence}, or 0, if the log holds no event
 * @param durableSequence the highest sequence that the log itself proves to have been forced
 * @param closedCleanly whether the last event is the mark of a clean close
 * @param droppedBytes bytes behind the last event that are not zero: what opening cuts off, or what cannot be read on
 *     from
 * @param file the file in which the readable part ends
 * @param offset where in the file the readable part ends
 * @param description why it ends there
 * @param proof where a later frame shows that the first unreadable event had been forced, or the file that does;
 *     {@code null} if none does
 * @param retention how much is kept of the history that opening does not need, as the log's directory says
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
        /** Whole. */
        SOUND,
        /** Ends in a tail that was never forced; opening cuts it off, keeping a copy. */
        UNFORCED_TAIL,
        /** Damaged where events may have been acknowledged; opening refuses. */
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

    /** The tail that opening cuts off, as a problem: events in it may be lost, if they were forced after all. */
    LogProblem tail() {
        return new LogProblem(
                file,
                offset,
                droppedBytes,
                lastSequence + 1,
                LogProblem.UNKNOWN,
                description + "; nothing shows that what follows was forced");
    }

    /** The damage, as an exception that says where it is. */
    LogDamagedException toException() {
        String what = proof == null ? description : description + "; it had been forced, as " + witness() + " shows";
        return new LogDamagedException(file, offset, lastSequence + 1, what);
    }

    /** What shows that the first unreadable event had been forced, in words; only if something does. */
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
     * @param offset where the piece begins; 0 if the whole segment goes
     * @param bytes up to the last one that is not zero
     * @param quarantine the name of the file that keeps them; {@code null} of a segment that was never used: it is
     *     deleted, and no report has it
     */
    public record TailCut(String file, long offset, long bytes, String quarantine) {}
}
