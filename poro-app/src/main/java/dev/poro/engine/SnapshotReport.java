package dev.poro.engine;

import java.time.Instant;

/**
 * A snapshot file.
 *
 * @param file the file's name within the store's directory
 * @param sequence the sequence of the last event in it
 * @param keys live keys in it
 * @param digest the digest of these keys and their values
 * @param created when it was written
 * @param fileBytes bytes of the file
 */
public record SnapshotReport(String file, long sequence, long keys, long digest, Instant created, long fileBytes) {
    /** Returns {@code null} for {@code null}. */
    static SnapshotReport of(dev.poro.wal.SnapshotReport snapshot) {
        return snapshot == null
                ? null
                : new SnapshotReport(
                        snapshot.file(),
                        snapshot.summary().sequence(),
                        snapshot.summary().keys(),
                        snapshot.summary().digest(),
                        Instant.ofEpochMilli(snapshot.created()),
                        snapshot.fileBytes());
    }
}
