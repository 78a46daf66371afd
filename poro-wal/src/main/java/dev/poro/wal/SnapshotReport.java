package dev.poro.wal;

import dev.poro.events.StateSummary;

/**
 * A snapshot on the disk.
 *
 * @param file the file's name within the directory
 * @param summary of the state that it holds
 * @param fileBytes bytes of the file
 */
public record SnapshotReport(String file, StateSummary summary, long fileBytes) {}
