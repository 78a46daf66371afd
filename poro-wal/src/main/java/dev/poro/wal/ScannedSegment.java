package dev.poro.wal;

import dev.poro.events.RawMemory;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A segment for {@link DamageScan}. Where {@link Segments} finds a header damaged, this recovers what it can of it: by
 * the file's name, and by the salt that the frames reveal.
 *
 * @param number from the identity if that is intact, otherwise from the file's name if it is a segment's
 * @param header {@code null} if the salt is unknown: then nothing in the file can be read
 * @param identified whether the identity passes its checksum; the file's name may still be wrong
 * @param problem what is wrong with the identity or the name; {@code null} if nothing is
 * @param length bytes of the file
 */
record ScannedSegment(
        String name, long number, SegmentHeader header, boolean identified, LogDamagedException problem, long length) {
    private static final int NEWEST = SegmentDescriptor.REPLICA_VERSION;

    /** All segments, in the order of their numbers. Only files with a damaged header are opened. */
    static List<ScannedSegment> of(Storage storage, Segments segments) throws IOException {
        List<ScannedSegment> scanned = new ArrayList<>();
        for (Segments.Segment segment : segments.list()) {
            scanned.add(segment.defect() == null ? intact(segment) : recover(storage, segment));
        }
        scanned.sort(Comparator.comparingLong(ScannedSegment::number));
        return scanned;
    }

    private static ScannedSegment intact(Segments.Segment segment) {
        SegmentHeader header = segment.header();
        return new ScannedSegment(segment.name(), header.number, header, true, null, segment.length());
    }

    private static ScannedSegment recover(Storage storage, Segments.Segment segment) throws IOException {
        String name = segment.name();
        try (StorageFile file = storage.openReadOnly(name)) {
            try {
                SegmentHeader header = SegmentHeader.read(file);
                return new ScannedSegment(name, header.number, header, true, segment.defect(), segment.length());
            } catch (LogDamagedException notOnlyItsName) {
                SegmentHeader header = recoverFromFrames(storage, file, name);
                long number = header == null ? numberByName(name, 0) : header.number;
                return new ScannedSegment(name, number, header, false, segment.defect(), segment.length());
            }
        }
    }

    private static long numberByName(String name, long otherwise) {
        return SegmentDescriptor.isSegmentName(name) ? SegmentDescriptor.numberOf(name) : otherwise;
    }

    private static SegmentHeader recoverFromFrames(Storage storage, StorageFile file, String name) throws IOException {
        ByteBuffer header =
                RawMemory.allocateBuffer(SegmentDescriptor.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        if (file.read(header, 0) < SegmentDescriptor.HEADER_LENGTH || isOfNewerVersion(header.clear())) {
            return null;
        }
        int length = (int) Math.min(SegmentDescriptor.MAX_LENGTH, file.length());
        Long salt = new SaltSearch(file, length).find(header);
        if (salt == null) {
            return null;
        }
        int version = header.getInt(SegmentDescriptor.VERSION_OFFSET);
        return isKnown(version)
                ? recovered(header, version, name, salt, length)
                : recovered(
                        header,
                        versionOf(storage, name, recovered(header, NEWEST, name, salt, length)),
                        name,
                        salt,
                        length);
    }

    private static SegmentHeader recovered(ByteBuffer header, int version, String name, long salt, int length) {
        return SegmentHeader.recovered(
                header,
                version,
                numberByName(name, header.getLong(SegmentDescriptor.NUMBER_OFFSET)),
                header.getLong(SegmentDescriptor.LOG_ID_OFFSET),
                salt,
                length);
    }

    /**
     * The version of the frames of a segment that does not say it: the first if a frame holds an event that only that
     * version has, a mark; that of a replica if a frame has a position. Most frames are the same in every version.
     *
     * @param asNewest its header, as if it were of the newest version
     */
    private static int versionOf(Storage storage, String name, SegmentHeader asNewest) throws IOException {
        try (FrameReader frames = new FrameReader(storage.openReadOnly(name), asNewest)) {
            while (frames.next() || frames.resynchronise()) {
                if (frames.length() > 0 && frames.hasPosition()) {
                    return SegmentDescriptor.REPLICA_VERSION;
                }
                if (frames.length() > 0 && frames.defectOfRecords() != null) {
                    return FileHeader.FIRST_VERSION;
                }
            }
            return SegmentDescriptor.FORMAT_VERSION;
        }
    }

    /** A segment of a newer version is not damaged, and its frames may look different. */
    private static boolean isOfNewerVersion(ByteBuffer header) {
        int crc = new Checksum(0).of(header, 0, SegmentDescriptor.IDENTITY_CRC_OFFSET);
        return !isKnown(header.getInt(SegmentDescriptor.VERSION_OFFSET))
                && header.getInt(SegmentDescriptor.IDENTITY_CRC_OFFSET) == crc;
    }

    private static boolean isKnown(int version) {
        return FileHeader.isKnown(version, NEWEST);
    }

    /** The log that most segments belong to; the first such if there are several; 0 if no identity is intact. */
    static long logIdOf(List<ScannedSegment> segments) {
        Map<Long, Integer> counts = new HashMap<>();
        long logId = 0;
        for (ScannedSegment segment : segments) {
            if (segment.identified) {
                counts.merge(segment.header.logId, 1, Integer::sum);
            }
        }
        for (ScannedSegment segment : segments) {
            if (segment.identified && counts.get(segment.header.logId) > counts.getOrDefault(logId, 0)) {
                logId = segment.header.logId;
            }
        }
        return logId;
    }

    boolean isStarted() {
        return header != null && header.start == SegmentHeader.Start.STARTED;
    }

    /** Whether the segment is prepared and not in use. */
    boolean isUnused() {
        return header != null && header.start == SegmentHeader.Start.UNUSED;
    }
}
