package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.ZeroFill;
import java.io.IOException;
import java.util.List;

/**
 * Makes segments: writes and forces the identity, writes zeros to the end so that every block exists, then gives the
 * file its name. Thread-safe as long as no two threads make the same segment.
 */
final class SegmentFactory {
    private final Storage storage;
    private final DurableNames names;
    private final SegmentKind kind;
    private final LogSettings settings;
    private final long logId;
    private final int version;
    private final ForceTimer forces;
    /**
     * Whether frames are stored into a mapping. Not if each frame is forced: a store dirties a whole folio of the page
     * cache, often a megabyte, and the force writes all of it. A write dirties its blocks only (measured: 640 and 140
     * us).
     */
    private final boolean mapped;

    /** Files that a failed try may have left; {@code null} if none. Never a file that existed before the try. */
    private String leftTemporary;

    private String leftNamed;

    /** Makes segments of the log, of the version that the settings ask for. */
    SegmentFactory(Storage storage, DurableNames names, LogSettings settings, long logId) throws IOException {
        this(SegmentKind.LOG, storage, names, settings, logId, settings.segmentVersion());
    }

    /** @param version of the segments */
    SegmentFactory(SegmentKind kind, Storage storage, DurableNames names, LogSettings settings, long logId, int version)
            throws IOException {
        this.kind = kind;
        this.storage = storage;
        this.names = names;
        this.settings = settings;
        this.logId = logId;
        this.version = version;
        this.forces = new ForceTimer(storage::nanoTime);
        this.mapped = settings.syncPolicy() != SyncPolicy.ALWAYS && storage.mapsSafely();
    }

    /** Of the frames in its segments. */
    ForceTimer forces() {
        return forces;
    }

    /** {@link #create} of a log's first segment, which is shorter: many logs never need a second one. */
    SegmentWriter createFirst() throws IOException {
        return create(1, settings.firstSegmentLength(), false);
    }

    /**
     * Makes a new, unused segment. Its name appears once it is complete; a crash before that leaves a temporary file.
     *
     * <p>Any failure is harmless: no event depends on the segment yet, and the next try begins with a new file. That
     * includes a failed force, because the file that it was to force is deleted.
     *
     * <p>The zeros are forced only under {@link SyncPolicy#ALWAYS}. Otherwise they merge with the data in the page
     * cache, which halves what the disk has to write; a segment that stays unused is {@link #discard deleted}.
     */
    SegmentWriter create(long number) throws IOException {
        return create(number, false);
    }

    /** @param isForFastWriter whether its writer is expected to fill it within about a second */
    SegmentWriter create(long number, boolean isForFastWriter) throws IOException {
        return create(number, settings.segmentLength(), isForFastWriter);
    }

    /**
     * Deletes a segment that was not used before the log is closed, durably. Its zeros may not be forced: after a power
     * cut it could show old contents of its blocks, and a segment without a first sequence must be empty.
     */
    void discard(SegmentWriter unused) throws IOException {
        unused.close();
        storage.delete(kind.nameOf(unused.header().number));
        storage.forceDirectory();
    }

    /** {@link #create(long)} of a segment of another length. */
    SegmentWriter create(long number, int length) throws IOException {
        return create(number, length, false);
    }

    private SegmentWriter create(long number, int length, boolean isForFastWriter) throws IOException {
        String name = kind.nameOf(number);
        String temporary = name + SegmentDescriptor.TEMPORARY_SUFFIX;
        tidy();
        SegmentWriter segment = null;
        try {
            SegmentHeader header = SegmentHeader.unused(
                    kind, version, number, logId, storage.randomLong(), storage.currentTimeMillis(), length);
            leftTemporary = temporary;
            fill(temporary, header, isForFastWriter);
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

    /** Deletes what a failed try could not delete itself. */
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

    /** Frees the space at once. If that fails, the next try does it. */
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

    private void fill(String name, SegmentHeader header, boolean isForFastWriter) throws IOException {
        try (StorageFile file = storage.create(name)) {
            file.write(header.encodeIdentity(), 0);
            file.force();
            writeZeros(file, SegmentDescriptor.HEADER_LENGTH, header.length, isForFastWriter);
            if (settings.syncPolicy() == SyncPolicy.ALWAYS) {
                file.force();
            }
        }
    }

    /**
     * In large pages only if no force is expected before the segment is full: a store dirties all of a large page, and
     * the next force writes it (measured: one set a second under EVERYSEC wrote 2 MiB a second instead of 55 KiB). So
     * under EVERYSEC only for a writer that fills a segment between two forces, or nearly so (measured with values of
     * 1 KiB at full speed: 4.9 in place of 12.1 us of processor time a set). If that one slows down, the pages of one
     * or two segments are too large for it.
     */
    private void writeZeros(StorageFile file, int from, int to, boolean isForFastWriter) throws IOException {
        if (mapped && (isForFastWriter || settings.syncPolicy() == SyncPolicy.OS)) {
            ZeroFill.writeLargePages(file, from, to);
        } else {
            ZeroFill.write(file, from, to);
        }
    }

    /**
     * Opens a segment of the version of new ones to append to. Writes zeros to the rest again, even if it reads as
     * zeros: copying the file, or a power cut before the zeros were forced, may have left holes.
     *
     * @param zerosAreForced whether the device is known to hold zeros there, or no blocks. If not, frames of a cut tail
     *     may still be on the device and could follow the frames written next, so the zeros are forced
     */
    SegmentWriter reopen(LogCheck.Tail tail, boolean zerosAreForced) throws IOException {
        assert tail.header().version == version : tail.name();
        try (StorageFile file = storage.open(tail.name())) {
            writeZeros(file, tail.end(), tail.header().length, false);
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
