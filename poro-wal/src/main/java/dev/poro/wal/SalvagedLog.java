package dev.poro.wal;

import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlyweight;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A new log directory for what is left of a damaged log. It has its name once it is whole and forced:
 * {@link UnfinishedDirectory}. Not thread-safe.
 */
public final class SalvagedLog implements Closeable {
    private final UnfinishedDirectory directory;
    private final RewrittenLog log;
    private boolean finished;

    private SalvagedLog(UnfinishedDirectory directory, RewrittenLog log) {
        this.directory = directory;
        this.log = log;
    }

    /**
     * Begins a log.
     *
     * @param source the log, or the segment file, that events come from
     * @param segmentLength no less than that of the source's segments
     * @param retention what the new log keeps of its history
     * @throws LogException if the target is the source or inside it, is not empty, or was left unfinished
     */
    public static SalvagedLog create(Path source, Path target, int segmentLength, Retention retention)
            throws IOException {
        UnfinishedDirectory directory = usable(source, target);
        directory.create();
        try {
            int length = Math.max(SegmentDescriptor.MIN_LENGTH, SegmentDescriptor.lengthFor(segmentLength));
            return new SalvagedLog(directory, new RewrittenLog(directory.storage(), length, retention));
        } catch (IOException | RuntimeException | Error e) {
            directory.deleteAfter(e);
            throw e;
        }
    }

    /**
     * Checks, without writing, that a log can be begun there.
     *
     * @throws LogException as {@link #create} does
     */
    public static void requireUsable(Path source, Path target) throws IOException {
        usable(source, target);
    }

    private static UnfinishedDirectory usable(Path source, Path target) throws IOException {
        UnfinishedDirectory directory = UnfinishedDirectory.of(source, target);
        directory.requireNew();
        return directory;
    }

    /**
     * Appends a record to the frame under way.
     *
     * @return its sequence in the new log, from 1 on
     */
    public long append(long timestamp, RecordFlyweight record) throws IOException {
        return log.append(timestamp, record.keyAddress() - RecordDescriptor.HEADER_LENGTH, record.length());
    }

    /** Ends the frame under way. */
    public void endFrame() throws IOException {
        log.endFrame();
    }

    /**
     * Appends the mark of a clean close, forces everything and gives the directory its name.
     *
     * @param closeMark states the digest after the last record
     */
    public void finish(RecordFlyweight closeMark) throws IOException {
        log.finish(closeMark.keyAddress() - RecordDescriptor.HEADER_LENGTH, closeMark.length());
        directory.storage().forceDirectory();
        directory.publish();
        finished = true;
    }

    /** Deletes what was not finished. */
    @Override
    public void close() throws IOException {
        if (!finished) {
            try {
                log.close();
            } finally {
                directory.delete();
            }
        }
    }
}
