package dev.poro.wal;

import dev.poro.wal.Retention.Beginning;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Deletes what no snapshot needs: older snapshots, and segments all of whose events the older of the newest two
 * snapshots stands for, so that each of these two can be opened with. {@link Retention} may keep some of it.
 *
 * <p>The newest snapshot must be forced, name and all. The oldest segment goes first and each is gone for good before
 * the next one goes, so that a crash leaves no gap. Whatever is broken off, the next run goes on with.
 *
 * <p>Segments are deleted and not made into new ones, although to write a file again costs less than to write a new
 * one, because the page cache has its pages (measured: a fifth to a third more sets of 1 KiB among 1,000 keys, as many
 * among 100,000). The frames of a segment's earlier life would lie behind its end wherever a power cut came before its
 * zeros were on the device: a tail that recovery would have to tell from damage.
 *
 * <p>A backup in the same process {@link #pin pins} what it reads; what is not released then is released later.
 *
 * <p>Run by the worker of the {@link SnapshotWriter}; the writer of the log is never in a segment that this deletes.
 */
final class LogTrimmer {
    /** Snapshots: the second takes the place of the newest if that is ever damaged. */
    private static final int KEPT = 2;

    private final Storage storage;
    private final DurableNames names;
    private final Retention retention;
    private final LongSupplier logTime;
    private final long logId;

    /** Those that need the files as they are: guarded by this. */
    private int pins;

    private boolean heldBack;

    /** @param logTime the time of the log's last frame, in milliseconds since the epoch */
    LogTrimmer(Storage storage, DurableNames names, Retention retention, LongSupplier logTime, long logId) {
        this.storage = storage;
        this.names = names;
        this.retention = retention;
        this.logTime = logTime;
        this.logId = logId;
    }

    /**
     * Releases what can be.
     *
     * @param proven the sequence of a snapshot that is known to be whole; another one is read to its end before
     *     anything is deleted for its sake
     * @throws IOException if a file cannot be read or deleted; all that is needed is there still
     * @throws LogException if the older snapshot is damaged; nothing was deleted
     */
    void run(long proven) throws IOException {
        begin();
        List<SnapshotReport> snapshots = snapshots();
        if (retention.isOfAll() || snapshots.size() < KEPT) {
            return;
        }
        SnapshotReport older = snapshots.get(snapshots.size() - KEPT);
        Segments segments = Segments.read(storage);
        // The earlier of two clocks: what one reading ahead makes look old stays.
        long now = Math.min(storage.currentTimeMillis(), logTime.getAsLong());
        long kept = retention
                .choose(beginnings(snapshots, segments, older, now), now)
                .sequence();
        List<String> released = namesOfSnapshotsBefore(kept);
        int snapshotsReleased = released.size();
        released.addAll(
                segments.between(0, Math.max(0, segments.containing(kept + 1))).names());
        if (!released.isEmpty() && older.summary().sequence() != proven) {
            requireWhole(older);
        }
        for (int i = 0; i < released.size(); i++) {
            if (!delete(released.get(i), i >= snapshotsReleased)) {
                return;
            }
        }
    }

    private synchronized void begin() {
        heldBack = false;
    }

    /** Returns whether nobody needs the file. */
    private synchronized boolean delete(String name, boolean isSegment) throws IOException {
        heldBack = pins > 0;
        if (heldBack) {
            return false;
        }
        if (isSegment) {
            names.delete(name);
        } else {
            storage.delete(name);
        }
        return true;
    }

    /**
     * Keeps all files of the log until the result is closed: nothing more is released. Since the oldest segment goes
     * first, whoever needs an old one keeps the others, too. Any thread.
     */
    synchronized Pin pin() {
        pins++;
        return new Pin();
    }

    private synchronized void unpin() {
        pins--;
    }

    /** Whether there is something to release that was needed at the last {@link #run} and is no more. Any thread. */
    synchronized boolean isDue() {
        return heldBack && pins == 0;
    }

    /** Of somebody who needs the files. */
    final class Pin implements Closeable {
        private boolean closed;

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                unpin();
            }
        }
    }

    private void requireWhole(SnapshotReport snapshot) throws IOException {
        if (!SnapshotReader.isWhole(storage, snapshot.file())) {
            throw new LogException(storage.describe(snapshot.file())
                    + " is damaged: nothing is released before there is another snapshot");
        }
    }

    /** Those of this log with a header that is whole, oldest first. */
    private List<SnapshotReport> snapshots() throws IOException {
        List<SnapshotReport> snapshots = new ArrayList<>();
        for (String name : LogFiles.snapshots(storage)) {
            try (StorageFile file = storage.openReadOnly(name)) {
                SnapshotHeader header = SnapshotHeader.read(file, name);
                if (header.logId() == logId) {
                    snapshots.add(SnapshotReport.of(header, file.length()));
                }
            } catch (LogDamagedException damaged) {
                // Opening will set it aside if it comes to need it.
            }
        }
        return snapshots;
    }

    /** Where a history can begin that goes on to the older of the newest two snapshots, which is the last of them. */
    private static List<Beginning> beginnings(
            List<SnapshotReport> snapshots, Segments segments, SnapshotReport older, long now) {
        long[] made = timesMade(snapshots, now);
        List<Beginning> beginnings = new ArrayList<>();
        if (!segments.isEmpty() && SegmentDescriptor.numberOf(segments.get(0).name()) == 1) {
            beginnings.add(new Beginning(0, Long.MIN_VALUE, bytesBetween(0, snapshots, segments, older)));
        }
        for (int i = 0; i <= snapshots.indexOf(older); i++) {
            SnapshotReport snapshot = snapshots.get(i);
            long sequence = snapshot.summary().sequence();
            if (snapshot.equals(older) || segments.containing(sequence + 1) >= 0) {
                long bytes = bytesBetween(sequence, snapshots, segments, older);
                beginnings.add(new Beginning(sequence, made[i], bytes));
            }
        }
        return beginnings;
    }

    /**
     * When each of these snapshots was made, as far as one can tell with clocks that may have been wrong: by the wall
     * clock or the time of its last event, whichever is later; a time that has not come yet is no time, and none was
     * made after a later one. {@link Long#MAX_VALUE} if nothing can be told.
     */
    static long[] timesMade(List<SnapshotReport> snapshots, long now) {
        long[] made = new long[snapshots.size()];
        long atMost = Long.MAX_VALUE;
        for (int i = made.length - 1; i >= 0; i--) {
            long created = snapshots.get(i).created();
            long lastEvent = snapshots.get(i).summary().timestamp();
            long latest =
                    Math.max(created <= now ? created : Long.MIN_VALUE, lastEvent <= now ? lastEvent : Long.MIN_VALUE);
            atMost = Math.min(atMost, latest == Long.MIN_VALUE ? Long.MAX_VALUE : latest);
            made[i] = atMost;
        }
        return made;
    }

    private static long bytesBetween(
            long beginning, List<SnapshotReport> snapshots, Segments segments, SnapshotReport older) {
        long end = older.summary().sequence();
        int from = Math.max(0, segments.containing(beginning + 1));
        int to = Math.max(from, segments.containing(end + 1));
        long bytes = segments.between(from, to).list().stream()
                .mapToLong(Segments.Segment::length)
                .sum();
        return bytes
                + snapshots.stream()
                        .filter(snapshot -> snapshot.summary().sequence() >= beginning
                                && snapshot.summary().sequence() < end)
                        .mapToLong(SnapshotReport::fileBytes)
                        .sum();
    }

    private List<String> namesOfSnapshotsBefore(long sequence) throws IOException {
        List<String> names = LogFiles.snapshots(storage);
        names.removeIf(name -> SnapshotDescriptor.sequenceOf(name) >= sequence);
        return names;
    }
}
