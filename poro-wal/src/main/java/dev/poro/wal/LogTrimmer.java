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
 * Deletes what no snapshot needs: snapshots older than the newest two, and segments fully covered by the older of the
 * two. The log can then be opened from either snapshot. {@link Retention} may keep more.
 *
 * <p>Of a change log, it deletes the files that its own retention does not keep. What is kept begins with a snapshot,
 * so that the contents at each point can be told; that one stays, and a few later ones, where it may begin next.
 *
 * <p>The newest snapshot must be forced, including its name. The oldest segment is deleted first, and each deletion is
 * durable before the next, so that a crash leaves no gap. The next run continues an interrupted one.
 *
 * <p>Segments are deleted and not recycled. Recycling would be cheaper, because the pages are in the page cache
 * (measured: 25 to 50 ms of background time for a segment of 64 MiB in large pages). But after a power cut, frames of
 * the earlier segment could follow the new ones: a tail that recovery would have to distinguish from damage.
 *
 * <p>A backup in the same process {@link #pin pins} what it reads; files held back by that are deleted later.
 *
 * <p>Run by the worker of the {@link SnapshotWriter}; the writer of the log is never in a segment that this deletes.
 */
final class LogTrimmer {
    /** Number of snapshots to keep: the second is needed if the newest is ever damaged. */
    private static final int KEPT = 2;

    private final Storage storage;
    private final DurableNames names;
    private final Retention retention;
    /** {@code null} if there is none. */
    private final ChangeLog changes;

    private final Retention changesKept;
    private final LongSupplier logTime;
    private final long logId;

    /** Open pins. Guarded by this. */
    private int pins;

    private boolean heldBack;

    /**
     * @param changes {@code null} if there is no change log
     * @param logTime the time of the log's last frame, in milliseconds since the epoch
     */
    LogTrimmer(
            Storage storage,
            DurableNames names,
            Retention retention,
            ChangeLog changes,
            Retention changesKept,
            LongSupplier logTime,
            long logId) {
        this.storage = storage;
        this.names = names;
        this.retention = retention;
        this.changes = changes;
        this.changesKept = changesKept;
        this.logTime = logTime;
        this.logId = logId;
    }

    /**
     * Deletes what is not needed.
     *
     * @param proven the sequence of a snapshot that is known to be intact; any other one is read to its end before
     *     anything that it covers is deleted
     * @throws IOException if a file cannot be read or deleted; all files that are needed still exist
     * @throws LogException if the older snapshot is damaged; nothing was deleted
     */
    void run(long proven) throws IOException {
        begin();
        List<SnapshotReport> snapshots = snapshots();
        if (snapshots.size() < KEPT) {
            return;
        }
        SnapshotReport older = snapshots.get(snapshots.size() - KEPT);
        // The earlier of two clocks, so that one that is ahead does not make history look old.
        long now = Math.min(storage.currentTimeMillis(), logTime.getAsLong());
        Needed ofChanges = changes == null ? Needed.NOTHING : neededForChanges(snapshots, older, now);
        if (!retention.isOfAll()) {
            run(snapshots, older, ofChanges.snapshots(), proven, now);
        }
        if (ofChanges.from() > 0) {
            changes.release(names, ofChanges.from());
        }
    }

    /**
     * What a change log needs.
     *
     * @param from it begins after this sequence; 0 for the first event
     * @param snapshots the names of the one that it begins with, and of later ones a quarter of what is kept apart
     */
    private record Needed(long from, List<String> snapshots) {
        private static final Needed NOTHING = new Needed(0, List.of());
    }

    private Needed neededForChanges(List<SnapshotReport> snapshots, SnapshotReport older, long now) throws IOException {
        long[] made = timesMade(snapshots, now);
        Segments files = changes.files();
        List<Beginning> beginnings = new ArrayList<>();
        if (changes.base() == 0) {
            beginnings.add(new Beginning(0, Long.MIN_VALUE, ChangeLog.bytesAfter(files, 0)));
        }
        for (int i = 0; i <= snapshots.indexOf(older); i++) {
            long sequence = snapshots.get(i).summary().sequence();
            if (sequence >= changes.base()) {
                beginnings.add(new Beginning(sequence, made[i], ChangeLog.bytesAfter(files, sequence)));
            }
        }
        if (beginnings.isEmpty()) {
            return Needed.NOTHING;
        }
        Beginning chosen = changesKept.isOfAll() ? beginnings.get(0) : changesKept.choose(beginnings, now);
        List<String> needed = new ArrayList<>();
        Beginning last = null;
        for (Beginning each : beginnings) {
            boolean isNeeded = each.equals(chosen) || (last != null && changesKept.isQuarterApart(last, each));
            if (isNeeded && each.sequence() >= chosen.sequence()) {
                last = each;
                if (each.sequence() > 0) {
                    needed.add(SnapshotDescriptor.nameOf(each.sequence()));
                }
            }
        }
        return new Needed(chosen.sequence(), needed);
    }

    private void run(
            List<SnapshotReport> snapshots, SnapshotReport older, List<String> ofChanges, long proven, long now)
            throws IOException {
        Segments segments = Segments.read(storage);
        long kept = retention
                .choose(beginnings(snapshots, segments, older, now), now)
                .sequence();
        List<String> released = namesOfSnapshotsBefore(kept);
        released.removeAll(ofChanges);
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

    /** Deletes a file unless a pin holds it back; returns whether it did. */
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
     * Keeps all files of the log until the result is closed: nothing more is deleted. Any thread.
     */
    synchronized Pin pin() {
        pins++;
        return new Pin();
    }

    private synchronized void unpin() {
        pins--;
    }

    /** Whether files that a pin, or a reader of changes, held back at the last {@link #run} can be deleted now. */
    synchronized boolean isDue() {
        return (heldBack && pins == 0) || (changes != null && changes.isReleaseDue());
    }

    /** Keeps the files while it is open. */
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
            throw new LogException(
                    storage.describe(snapshot.file()) + " is damaged: nothing is deleted before the next snapshot");
        }
    }

    /** The snapshots of this log with an intact header, oldest first. */
    private List<SnapshotReport> snapshots() throws IOException {
        List<SnapshotReport> snapshots = new ArrayList<>();
        for (String name : LogFiles.snapshots(storage)) {
            try (StorageFile file = storage.openReadOnly(name)) {
                SnapshotHeader header = SnapshotHeader.read(file, name);
                if (header.logId() == logId) {
                    snapshots.add(SnapshotReport.of(header, file.length()));
                }
            } catch (LogDamagedException damaged) {
                // Opening renames it if it needs it.
            }
        }
        return snapshots;
    }

    /** Where a history that reaches the older of the newest two snapshots can begin. That snapshot is the last. */
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
     * When each of these snapshots was made, as far as clocks that may have been wrong can show: by the wall clock or
     * the time of its last event, whichever is later. Times in the future are ignored, and no snapshot was made after
     * the next one. {@link Long#MAX_VALUE} if unknown.
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
