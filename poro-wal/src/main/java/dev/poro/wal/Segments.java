package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The segments of a log in the order of their numbers, each opened once for its header and its length. Immutable. */
final class Segments {
    private final List<Segment> segments;

    private Segments(List<Segment> segments) {
        this.segments = List.copyOf(segments);
    }

    /**
     * A segment file.
     *
     * @param length bytes of the file
     * @param header {@code null} if it is damaged
     * @param defect what is wrong with the header; {@code null} if nothing is
     */
    record Segment(String name, long length, SegmentHeader header, LogDamagedException defect) {
        private static Segment read(Storage storage, String name) throws IOException {
            try (StorageFile file = storage.openReadOnly(name)) {
                long length = file.length();
                try {
                    return new Segment(name, length, SegmentHeader.read(file, name), null);
                } catch (LogDamagedException e) {
                    return new Segment(name, length, null, e);
                }
            }
        }

        /** Of the first record; 0 if the segment is not in use, or its header is damaged. */
        long firstSequence() {
            return header != null && header.start == SegmentHeader.Start.STARTED ? header.firstSequence : 0;
        }
    }

    /**
     * Reads the headers of all segments of a directory.
     *
     * @throws IOException if a file cannot be read; a damaged header is no failure
     */
    static Segments read(Storage storage) throws IOException {
        return read(storage, LogFiles.segments(storage));
    }

    /** {@link #read(Storage)} of some files, in their order. */
    static Segments read(Storage storage, List<String> names) throws IOException {
        List<Segment> segments = new ArrayList<>(names.size());
        for (String name : names) {
            segments.add(Segment.read(storage, name));
        }
        return new Segments(segments);
    }

    /** {@link #read(Storage)} of an open log: segments that its store deletes meanwhile are left out. */
    static Segments readPresent(Storage storage) throws IOException {
        return readPresent(storage, LogFiles.segments(storage));
    }

    /** {@link #readPresent(Storage)} of some files, in their order. */
    static Segments readPresent(Storage storage, List<String> names) throws IOException {
        List<Segment> segments = new ArrayList<>();
        for (String name : names) {
            try {
                segments.add(Segment.read(storage, name));
            } catch (StorageException e) {
                if (storage.list().contains(name)) {
                    throw e;
                }
            }
        }
        return new Segments(segments);
    }

    int size() {
        return segments.size();
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    Segment get(int index) {
        return segments.get(index);
    }

    List<Segment> list() {
        return segments;
    }

    List<String> names() {
        return segments.stream().map(Segment::name).toList();
    }

    /** These from one index to before another. */
    Segments between(int from, int to) {
        return new Segments(segments.subList(from, to));
    }

    /**
     * The index of the segment that holds a record, if the log holds it: the last segment that begins at or before its
     * sequence. All earlier segments end before it. -1 if there is none.
     */
    int containing(long sequence) {
        for (int index = segments.size() - 1; index >= 0; index--) {
            long first = segments.get(index).firstSequence();
            if (first > 0 && first <= sequence) {
                return index;
            }
        }
        return -1;
    }

    /** The log's identity, from the last segment whose header is intact; {@code null} if none is. */
    Long logId() {
        for (int index = segments.size() - 1; index >= 0; index--) {
            SegmentHeader header = segments.get(index).header();
            if (header != null) {
                return header.logId;
            }
        }
        return null;
    }

    /** Of the first record; 0 if no segment is in use. */
    long firstSequence() {
        return segments.stream()
                .mapToLong(Segment::firstSequence)
                .filter(first -> first > 0)
                .findFirst()
                .orElse(0);
    }

    /** Bytes of all files. */
    long bytes() {
        return segments.stream().mapToLong(Segment::length).sum();
    }

    /** The length of a new segment that can hold any record of these; 0 if no header is intact. */
    int lengthToHoldRecords() {
        return segments.stream()
                .filter(segment -> segment.header() != null)
                .mapToInt(segment -> SegmentDescriptor.lengthToHoldRecordsOf(segment.header()))
                .max()
                .orElse(0);
    }
}
