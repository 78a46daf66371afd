package dev.poro.wal;

/**
 * The result of loading a snapshot.
 *
 * @param snapshot that was loaded; {@code null} if it is damaged, or the log does not reach back to it
 * @param problem what is wrong with it; {@code null} if nothing is
 */
public record LoadedSnapshot(SnapshotReport snapshot, LogProblem problem) {}
