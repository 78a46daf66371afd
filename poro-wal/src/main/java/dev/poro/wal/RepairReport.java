package dev.poro.wal;

import java.util.List;

/**
 * What a repair does.
 *
 * @param log what it found, and what it keeps
 * @param cuts what it cuts off, in log order
 * @param temporaries temporary files that a crash left, which it deletes
 */
public record RepairReport(RecoveryReport log, List<RecoveryReport.TailCut> cuts, List<String> temporaries) {}
