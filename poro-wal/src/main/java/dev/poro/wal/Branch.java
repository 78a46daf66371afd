package dev.poro.wal;

/**
 * Whose changes a log has. A backup has the identity of its log, and its events up to its end. Once a store writes to
 * it, its events are others than those of the original with the same sequences: it has branched off. So has a log that
 * was restored from another one. Which positions of the original mean the same here follows from this: those up to the
 * sequence where the branch begins.
 *
 * <p>A log knows the one that it has branched off, and none before that. Immutable.
 *
 * @param id of the branch; 0 if the log has not branched off another one
 * @param original the identity of the log that it has branched off or, if that is a branch itself, the id of that
 * @param isOriginalBranch whether it is
 * @param begin the last sequence that both have
 * @param isBackup whether it is a backup that no store has written to: the next one to do so begins a branch
 */
public record Branch(long id, long original, boolean isOriginalBranch, long begin, boolean isBackup) {
    /** A log that has not branched off. */
    public static final Branch NONE = new Branch(0, 0, false, 0, false);

    /** As a record's own, whose first call takes long: each opening compares, however short the session is. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Branch that
                && id == that.id
                && original == that.original
                && isOriginalBranch == that.isOriginalBranch
                && begin == that.begin
                && isBackup == that.isBackup;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(id + 31 * original);
    }

    /** That of a backup of a log of this branch. */
    Branch ofBackup() {
        return new Branch(id, original, isOriginalBranch, begin, true);
    }

    /**
     * A branch off this one; or, if it begins before this one does, off the original of this one, whose events these
     * are.
     *
     * @param newId not 0
     * @param logId the identity of the log that this is the branch of
     * @param last the last sequence that both have
     */
    Branch branchOff(long newId, long logId, long last) {
        return isOfOriginal(last)
                ? new Branch(newId, original, isOriginalBranch, last, false)
                : new Branch(newId, idOrLog(logId), id != 0, last, false);
    }

    /**
     * By what name the changes of an event are known.
     *
     * @param logId the identity of the log
     * @param sequence of the event
     * @return the identity of the log, or the id of a branch
     */
    public long ownerOf(long logId, long sequence) {
        return isOfOriginal(sequence) ? original : idOrLog(logId);
    }

    private long idOrLog(long logId) {
        return id == 0 ? logId : id;
    }

    /** Whether an event happened before the branch began. */
    private boolean isOfOriginal(long sequence) {
        return id != 0 && sequence <= begin;
    }

    /**
     * A number for the branch that the changes of an event are of, from 0 to 2^31 - 1: 0 if that has not branched off.
     * Two branches differ in it, but for one chance in two billion.
     */
    public int numberOf(long sequence) {
        if (isOfOriginal(sequence)) {
            return isOriginalBranch ? fold(original) : 0;
        }
        return id == 0 ? 0 : fold(id);
    }

    private static int fold(long branch) {
        int folded = (int) (branch ^ branch >>> Integer.SIZE) & Integer.MAX_VALUE;
        return folded == 0 ? 1 : folded;
    }
}
