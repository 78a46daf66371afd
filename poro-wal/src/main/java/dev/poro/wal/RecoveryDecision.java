package dev.poro.wal;

/**
 * What recovery does about a {@link LogEnd}: the decision table.
 *
 * <pre>
 *   finding                                     proof that it was forced    mode      decision
 *   CLEAN_END                                   -                           any       SERVE
 *   UNFINISHED, BAD_FRAME, LOST_START, LOST_END  yes                         any       REFUSE
 *   UNFINISHED, BAD_FRAME, LOST_START, LOST_END  no                          TAIL      CUT
 *   UNFINISHED, BAD_FRAME, LOST_START, LOST_END  no                          STRICT    REFUSE
 *   MISSING_SEGMENT, WRONG_SEQUENCE, BAD_RECORD,
 *   BAD_IDENTITY, DIVERGED                       -                           any       REFUSE
 * </pre>
 *
 * <p>The proof is a later frame header of the same log, in this or a later segment, that was written when the first
 * unreadable event, or mark, was already known to be durable; or STORE, or the name of a snapshot. Without a proof, the
 * event was never forced, or it was forced after the last frame was begun, which no frame can record. That is at most
 * the last batch under {@link SyncPolicy#ALWAYS}, the last second before the log fell idle under EVERYSEC, the last
 * segments under OS.
 *
 * <p>The position in the last segment would be no proof: except under ALWAYS, a segment may be begun while the one
 * before it is still being forced.
 */
enum RecoveryDecision {
    /** The log is intact. */
    SERVE,
    /** The log ends in an unforced tail, which opening cuts off. */
    CUT,
    /** Opening would lose events that may have been acknowledged. */
    REFUSE;

    static RecoveryDecision of(LogEnd.Kind kind, boolean provenDurable, RecoveryMode mode) {
        if (kind == LogEnd.Kind.CLEAN_END) {
            return SERVE;
        }
        if (!kind.isPossibleInUnforcedTail() || provenDurable || mode == RecoveryMode.STRICT) {
            return REFUSE;
        }
        return CUT;
    }
}
