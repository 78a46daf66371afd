package dev.poro.engine.tools;

import dev.poro.wal.BackupReport;

/**
 * A backup, and what a store that is opened on it holds.
 *
 * @param backup how it came about
 * @param keys live after its last event
 * @param digest of the contents then
 */
public record VerifiedBackupReport(BackupReport backup, long keys, long digest) {}
