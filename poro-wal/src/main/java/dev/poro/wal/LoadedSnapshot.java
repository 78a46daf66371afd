package dev.poro.wal;

/**
 * What came of loading a snapshot.
 *
 * @param snapshot what was loaded; {@code null} if it is damaged, or the log does not reach back to it
 * @param problem what is wrong with it; {@code null} if nothing is
 */
public record LoadedSnapshot(SnapshotReport snapshot, LogProblem problem) {}
