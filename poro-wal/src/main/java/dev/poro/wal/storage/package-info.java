/**
 * What the log stands on, and nothing of the log: files and directories, told by what a call did and where it failed;
 * workers in the background; and the clock. {@link dev.poro.wal.storage.Storage} and
 * {@link dev.poro.wal.storage.WorkerFactory} are the seam at which tests put a disk and threads of their own.
 *
 * <p>Everything here is thread-safe or used by one thread, as its Javadoc says. Nothing gives up for an interrupt, and
 * nothing is retried: whoever calls knows what a failure means. Nothing here depends on {@code dev.poro.wal}.
 */
package dev.poro.wal.storage;
