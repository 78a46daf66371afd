package dev.poro.wal;

/**
 * A file of a backup.
 *
 * @param name of the file, which is that in the log
 * @param bytes of the file in the log, from its start, that are in the backup: of a segment, without what follows its
 *     last frame
 */
record BackupFile(String name, long bytes) {}
