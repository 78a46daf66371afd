package dev.poro.wal;

/**
 * What was read of one segment. Immutable.
 */
public final class SegmentReport {
    private final String file;
    private final long firstSequence;
    private final long lastSequence;
    private final long frames;
    private final long usedBytes;
    private final long fileBytes;

    SegmentReport(
            String file, long firstSequence, long lastSequence, long frames, long usedBytes, long fileBytes) {
        this.file = file;
        this.firstSequence = firstSequence;
        this.lastSequence = lastSequence;
        this.frames = frames;
        this.usedBytes = usedBytes;
        this.fileBytes = fileBytes;
    }

    /** The file's name within the directory. */
    public String file() {
        return file;
    }

    /** 0 if the segment is prepared and unused. */
    public long firstSequence() {
        return firstSequence;
    }

    /** One less than {@link #firstSequence()} if the segment holds no frame. */
    public long lastSequence() {
        return lastSequence;
    }

    /** Frames that were read. */
    public long frames() {
        return frames;
    }

    /** Bytes of header and frames that were read. */
    public long usedBytes() {
        return usedBytes;
    }

    /** Bytes of the file. */
    public long fileBytes() {
        return fileBytes;
    }
}
