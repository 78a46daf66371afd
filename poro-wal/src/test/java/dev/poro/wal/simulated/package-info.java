/**
 * A disk in memory that loses, fails, fills up and stalls as tests tell it, and workers that move only when told: with
 * both, a log does the same thing each time.
 *
 * <p>{@link dev.poro.wal.simulated.SimulatedStorage} is what the log sees,
 * {@link dev.poro.wal.simulated.SimulatedFileSystem} the same files as a tool sees them. Nothing here knows what is in
 * a file. The tests' tools that do ({@code CrashExplorer}, {@code DamagedLog}, {@code TestLog} ...) stay in {@code
 * dev.poro.wal}, since segments and frames are visible only there.
 */
package dev.poro.wal.simulated;
