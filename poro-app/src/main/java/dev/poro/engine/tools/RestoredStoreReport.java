package dev.poro.engine.tools;

import dev.poro.wal.RestoreReport;

/**
 * A store that was restored, or that would be.
 *
 * @param history what it was restored from
 * @param keys live
 * @param digest of the contents
 */
public record RestoredStoreReport(RestoreReport history, long keys, long digest) {}
