package dev.poro.wal;

import java.io.IOException;

/**
 * Makes segments: identity written and forced, zeros to the end so that every block exists, then the name. Thread-safe
 * as long as no two threads make the same segment.
 */
final class SegmentFactory {
    private final Storage storage;
    private final LogSettings settings;
    private final long logId;
    /**
     * Whether frames are stored into a mapping. Not where each is forced: a store dirties all of the page cache's
     * folio, often a megabyte, and the force writes all of that; a write dirties its blocks (measured: 640 and 140 us).
     */
    private final boolean mapped;

    SegmentFactory(Storage storage, LogSettings settings, long logId) throws IOException {
        this.storage = storage;
        this.settings = settings;
        this.logId = logId;
        this.mapped = settings.syncPolicy() != SyncPolicy.ALWAYS && storage.mapsSafely();
    }

    /** {@link #create} of the segment that a log begins with, which is shorter: many a log never needs the next one. */
    SegmentWriter createFirst() throws IOException {
        return create(1, settings.firstSegmentLength());
    }

    /**
     * Makes a new, unused segment. Its name appears once it is complete; a crash before leaves a temporary file, a
     * failure nothing.
     *
     * <p>The zeros are forced only under {@link SyncPolicy#ALWAYS}. Otherwise they are left to merge with the data in
     * the page cache, which halves what the disk has to write.
     */
    SegmentWriter create(long number) throws IOException {
        return create(number, settings.segmentLength());
    }

    private SegmentWriter create(long number, int length) throws IOException {
        String name = SegmentDescriptor.nameOf(number);
        String temporary = name + SegmentDescriptor.TEMPORARY_SUFFIX;
        SegmentHeader header =
                SegmentHeader.unused(number, logId, storage.randomLong(), storage.currentTimeMillis(), length);
        try {
            fill(temporary, header);
            storage.rename(temporary, name);
        } catch (IOException | RuntimeException e) {
            deleteQuietly(temporary, e);
            throw e;
        }
        try {
            storage.forceDirectory();
            return open(name, header, SegmentDescriptor.HEADER_LENGTH);
        } catch (IOException | RuntimeException e) {
            deleteQuietly(name, e);
            throw e;
        }
    }

    private void fill(String name, SegmentHeader header) throws IOException {
        try (StorageFile file = storage.create(name)) {
            file.write(header.encodeIdentity(), 0);
            file.force();
            Zeros.write(file, SegmentDescriptor.HEADER_LENGTH, header.length);
            if (settings.syncPolicy() == SyncPolicy.ALWAYS) {
                file.force();
            }
        }
    }

    /**
     * Opens a segment to go on in. The rest is written with zeros again, whether or not it reads as zeros: a copy of
     * the file, or a power cut before they were forced, may have left holes.
     */
    SegmentWriter reopen(Recovery.Tail tail) throws IOException {
        try (StorageFile file = storage.open(tail.name())) {
            Zeros.write(file, tail.end(), tail.header().length);
            if (settings.syncPolicy() == SyncPolicy.ALWAYS) {
                file.force();
            }
        }
        return open(tail.name(), tail.header(), tail.end());
    }

    private SegmentWriter open(String name, SegmentHeader header, int end) throws IOException {
        StorageFile file = storage.open(name);
        try {
            return new SegmentWriter(file, header, end, mapped);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void deleteQuietly(String name, Exception why) {
        try {
            storage.delete(name);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }
}
