package dev.poro.wal;

import java.util.List;

/**
 * What is intact and what is not in a log that may be damaged.
 *
 * @param problems in the order of the log; the first thousand
 * @param problemCount how many there are
 * @param unreadableBytes bytes of all of them
 * @param frames that are intact and in order, marks included
 * @param events of these frames
 * @param firstSequence of these events; 0 if there are none
 * @param lastSequence of these events; 0 if there are none
 * @param missingEvents the number of events missing between readable ones; events that may be missing at the end of the
 *     log are not counted
 * @param complete whether no event is missing and none may be missing
 */
public record ScanReport(
        List<LogProblem> problems,
        long problemCount,
        long unreadableBytes,
        long frames,
        long events,
        long firstSequence,
        long lastSequence,
        long missingEvents,
        boolean complete) {}
