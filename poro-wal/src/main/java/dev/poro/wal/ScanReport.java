package dev.poro.wal;

import java.util.List;

/**
 * All that is whole and all that is not in a log that may be damaged.
 *
 * @param problems in the order of the log; the first thousand
 * @param problemCount how many there are
 * @param unreadableBytes bytes of all of them
 * @param frames that are whole and in order
 * @param events of these frames
 * @param firstSequence of these events; 0 if there are none
 * @param lastSequence of these events; 0 if there are none
 * @param missingEvents that the sequences around the problems show to be missing; what may be missing at the end of the
 *     log is not among them
 * @param complete whether no event is missing and none may be
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
