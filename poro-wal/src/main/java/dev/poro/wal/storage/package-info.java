/**
 * What the log is built on: files and directories, whose failures name the call and the place; background workers; and
 * the clocks. Tests replace {@link dev.poro.wal.storage.Storage} and {@link dev.poro.wal.storage.WorkerFactory} by a
 * simulated disk and by workers without threads.
 *
 * <p>Each class is thread-safe or used by one thread, as its Javadoc says. Calls ignore interrupts. Nothing is retried
 * here: only the caller knows what a failure means. Nothing here depends on {@code dev.poro.wal}.
 */
package dev.poro.wal.storage;
