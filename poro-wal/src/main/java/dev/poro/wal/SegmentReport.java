package dev.poro.wal;

/**
 * What was read of one segment.
 *
 * @param file the file's name within the directory
 * @param firstSequence 0 if the segment is prepared and unused
 * @param lastSequence one less than {@code firstSequence} if the segment holds no event
 * @param frames the number of frames, marks included
 * @param usedBytes bytes of header and frames
 * @param fileBytes bytes of the file
 */
public record SegmentReport(
        String file, long firstSequence, long lastSequence, long frames, long usedBytes, long fileBytes) {
    /** Whether the segment is in use, as opposed to prepared. */
    public boolean isStarted() {
        return firstSequence > 0;
    }
}
