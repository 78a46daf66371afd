package dev.poro.engine;

import dev.poro.wal.RestoreReport;

/**
 * A store that was restored, or that would be.
 *
 * @param history what it was restored from
 * @param keys live
 * @param digest of the contents
 */
public record RestoredStore(RestoreReport history, long keys, long digest) {}
