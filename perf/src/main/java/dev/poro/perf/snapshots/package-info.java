/**
 * What snapshots cost, and what they save: {@code perf/bin/snapshots}.
 *
 * <p>{@link dev.poro.perf.snapshots.Snapshots} is the command. It starts a JVM of its own for each {@link
 * dev.poro.perf.snapshots.Job}: one for {@link dev.poro.perf.snapshots.UnderWrites}, which takes snapshots while a
 * writer goes on at full speed; one to fill a store, and others to open it, from its log and from a snapshot. The
 * digest of the contents must be the same wherever they come from.
 */
package dev.poro.perf.snapshots;
