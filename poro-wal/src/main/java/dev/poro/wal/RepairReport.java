package dev.poro.wal;

import java.util.List;

/**
 * What a repair does.
 *
 * @param log what it found, and what it keeps
 * @param cuts what it cuts off, in the order of the log
 * @param temporaries files that never got their name, which it deletes
 */
public record RepairReport(RecoveryReport log, List<RecoveryReport.TailCut> cuts, List<String> temporaries) {}
