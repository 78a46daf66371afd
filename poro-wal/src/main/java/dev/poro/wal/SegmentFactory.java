package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.ZeroFill;
import java.io.IOException;
import java.util.List;

/**
 * Makes segments: identity written and forced, zeros to the end so that every block exists, then the name. Thread-safe
 * as long as no two threads make the same segment.
 */
final class SegmentFactory {
    private final Storage storage;
    private final DurableNames names;
    private final LogSettings settings;
    private final long logId;
    private final ForceTimer forces;
    /**
     * Whether frames are stored into a mapping. Not where each is forced: a store dirties all of the page cache's
     * folio, often a megabyte, and the force writes all of that; a write dirties its blocks (measured: 640 and 140 us).
     */
    private final boolean mapped;

    /** Files that a try that failed may have left, {@code null} if none; never one that was there before. */
    private String leftTemporary;

    private String leftNamed;

    SegmentFactory(Storage storage, DurableNames names, LogSettings settings, long logId) throws IOException {
        this.storage = storage;
        this.names = names;
        this.settings = settings;
        this.logId = logId;
        this.forces = new ForceTimer(storage::nanoTime);
        this.mapped = settings.syncPolicy() != SyncPolicy.ALWAYS && storage.mapsSafely();
    }

    /** Of the frames in its segments. */
    ForceTimer forces() {
        return forces;
    }

    /** {@link #create} of the segment that a log begins with, which is shorter: many a log never needs the next one. */
    SegmentWriter createFirst() throws IOException {
        return create(1, settings.firstSegmentLength());
    }

    /**
     * Makes a new, unused segment. Its name appears once it is complete; a crash before leaves a temporary file.
     *
     * <p>A failure leaves nothing that anything rests on, whatever it was and wherever: the segment is in no use, and
     * the next try begins with a new file. Not even a force that has failed leaves a doubt, because what it was to
     * force is thrown away.
     *
     * <p>The zeros are forced only under {@link SyncPolicy#ALWAYS}. Otherwise they are left to merge with the data in
     * the page cache, which halves what the disk has to write; a segment that stays unused is {@link #discard deleted}.
     */
    SegmentWriter create(long number) throws IOException {
        return create(number, settings.segmentLength());
    }

    /**
     * Deletes a segment that is not used before the log is closed, durably. After a power cut its zeros, which may not
     * be forced, could show what the blocks held before, and a segment without a first sequence must be empty.
     */
    void discard(SegmentWriter unused) throws IOException {
        unused.close();
        storage.delete(SegmentDescriptor.nameOf(unused.header().number));
        storage.forceDirectory();
    }

    private SegmentWriter create(long number, int length) throws IOException {
        String name = SegmentDescriptor.nameOf(number);
        String temporary = name + SegmentDescriptor.TEMPORARY_SUFFIX;
        tidy();
        SegmentWriter segment = null;
        try {
            SegmentHeader header =
                    SegmentHeader.unused(number, logId, storage.randomLong(), storage.currentTimeMillis(), length);
            leftTemporary = temporary;
            fill(temporary, header);
            names.give(temporary, name);
            leftNamed = name;
            segment = open(name, header, SegmentDescriptor.HEADER_LENGTH);
            segment.touchPages();
        } catch (IOException | RuntimeException | Error e) {
            abandon(segment, e);
            throw e;
        }
        leftTemporary = null;
        leftNamed = null;
        return segment;
    }

    /** Deletes what a try that failed has left because not even that was possible. */
    private void tidy() throws IOException {
        if (leftTemporary == null) {
            return;
        }
        List<String> found = storage.list();
        if (leftNamed != null && found.contains(leftNamed)) {
            storage.delete(leftNamed);
        }
        leftNamed = null;
        if (found.contains(leftTemporary)) {
            storage.delete(leftTemporary);
        }
        leftTemporary = null;
    }

    /** Frees the space at once. The next try looks again. */
    private void abandon(SegmentWriter segment, Throwable why) {
        try {
            if (segment != null) {
                segment.close();
            }
            tidy();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private void fill(String name, SegmentHeader header) throws IOException {
        try (StorageFile file = storage.create(name)) {
            file.write(header.encodeIdentity(), 0);
            file.force();
            ZeroFill.write(file, SegmentDescriptor.HEADER_LENGTH, header.length);
            if (settings.syncPolicy() == SyncPolicy.ALWAYS) {
                file.force();
            }
        }
    }

    /**
     * Opens a segment to go on in. The rest is written with zeros again, whether or not it reads as zeros: a copy of
     * the file, or a power cut before they were forced, may have left holes.
     *
     * @param zerosAreForced whether the device has nothing but zeros there, or no blocks. If not, as after a force of
     *     them that failed, frames of a tail that was cut may be there still, and would follow those written next
     */
    SegmentWriter reopen(LogCheck.Tail tail, boolean zerosAreForced) throws IOException {
        try (StorageFile file = storage.open(tail.name())) {
            ZeroFill.write(file, tail.end(), tail.header().length);
            if (!zerosAreForced || settings.syncPolicy() == SyncPolicy.ALWAYS) {
                file.force();
            }
        }
        return open(tail.name(), tail.header(), tail.end());
    }

    private SegmentWriter open(String name, SegmentHeader header, int end) throws IOException {
        StorageFile file = storage.open(name);
        try {
            return new SegmentWriter(file, header, end, mapped, forces);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }
}
