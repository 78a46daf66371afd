package dev.poro.engine.tools;

import dev.poro.wal.BackupReport;

/**
 * A backup, and the contents of a store that is opened on it.
 *
 * @param backup what was copied
 * @param keys the number of live keys after its last event
 * @param digest the digest of the contents then
 */
public record VerifiedBackupReport(BackupReport backup, long keys, long digest) {}
