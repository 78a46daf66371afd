package dev.poro.engine.tools;

import dev.poro.wal.RestoreReport;

/**
 * A restored store, or one that a dry run would restore.
 *
 * @param history the source, and what was taken from it
 * @param keys the number of live keys
 * @param digest the digest of the contents
 */
public record RestoredStoreReport(RestoreReport history, long keys, long digest) {}
