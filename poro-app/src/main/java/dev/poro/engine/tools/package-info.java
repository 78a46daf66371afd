/**
 * Work on logs that no store has open: verify, back up, restore, repair, salvage, read, take a snapshot, ask for the
 * past.
 *
 * <p>Each tool is a class with a method {@code run}, which does it on the calling thread and returns a report. These
 * reports describe the log's files; some of them are types of {@link dev.poro.wal}.
 * {@link dev.poro.engine.tools.Verification}, {@link dev.poro.engine.tools.LogEvents} and
 * {@link dev.poro.engine.tools.Backup} take no lock and write nothing to the log; nor does
 * {@link dev.poro.engine.tools.LogHistory}, which answers several questions. {@link dev.poro.engine.tools.Restore}
 * and {@link dev.poro.engine.tools.Salvage} make a new log and leave the old one as it is.
 * {@link dev.poro.engine.tools.Repair} and {@link dev.poro.engine.tools.OfflineSnapshot} write to the log and take its
 * lock.
 */
package dev.poro.engine.tools;
