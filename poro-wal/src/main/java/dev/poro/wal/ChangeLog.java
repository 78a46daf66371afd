package dev.poro.wal;

import dev.poro.events.ChangeSink;
import dev.poro.events.FailStop;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The change log of an open store: what each event did to keys, in files beside the log. It is derived from the log:
 * replay hands out the same changes again. So writes do not wait for it, and opening does not trust what was not
 * forced: it cuts the change log back to the snapshot that replay begins with, up to which it was forced before the
 * snapshot got its name, and replay makes the rest again.
 *
 * <p>{@link #sink} is for the single writer of the state machine; {@link #force} is called by one thread at a time;
 * {@link #newReader} and the queries by any.
 */
public final class ChangeLog {
    private final Storage storage;
    private final ChangeWriter writer;
    private final ChangeSearch search;
    private final ChangePins pins;
    /** The number of the file that a reader has kept from being released; 0 if none has. */
    private volatile long heldBack;

    private final ChangeNews news;
    private final long logId;
    private final FailStop failStop;
    /** The sequence of the state that the first change that is kept follows. */
    private volatile long base;

    private ChangeLog(Storage storage, ChangeWriter writer, ChangeNews news, long logId, long base, FailStop failStop) {
        this.storage = storage;
        this.writer = writer;
        this.search = new ChangeSearch(storage, writer::end);
        this.pins = new ChangePins(storage::nanoTime);
        this.news = news;
        this.logId = logId;
        this.base = base;
        this.failStop = failStop;
    }

    /**
     * Opens the change log of a log, or begins one.
     *
     * @param covered the sequence of the snapshot that was loaded; 0 if there is none. What the events after it did is
     *     handed to {@link #sink} next
     * @param lastChange the last change up to there, as the snapshot states it
     * @throws NotBegunException if there is nothing to go on with, and no file can be made to begin anew
     * @throws IOException if the files cannot be read or written
     */
    static ChangeLog open(
            Storage storage,
            DurableNames names,
            LogSettings settings,
            long logId,
            long covered,
            long lastChange,
            WorkerFactory workers,
            FailStop failStop)
            throws IOException {
        // Its files are never forced frame by frame, whatever the policy of the log.
        LogSettings ownSettings = settings.under(SyncPolicy.OS);
        SegmentFactory factory = new SegmentFactory(
                SegmentKind.CHANGES, storage, names, ownSettings, logId, SegmentDescriptor.FORMAT_VERSION);
        Kept kept = cut(storage, logId, covered, lastChange);
        SegmentWriter segment = kept == null ? begin(factory) : factory.reopen(kept.tail(), false);
        SegmentPreparer preparer;
        try {
            preparer = new SegmentPreparer(factory, segment.header().number + 1, workers, failStop);
        } catch (RuntimeException | Error e) {
            segment.close();
            throw e;
        }
        long last = kept == null ? covered : kept.lastSequence();
        ChangeNews news = new ChangeNews();
        ChangeWriter writer = new ChangeWriter(factory, preparer, segment, last, news::tellOfFrame);
        return new ChangeLog(storage, writer, news, logId, kept == null ? covered : kept.base(), failStop);
    }

    private static SegmentWriter begin(SegmentFactory factory) throws IOException {
        try {
            return factory.createFirst();
        } catch (IOException e) {
            throw new NotBegunException(e);
        }
    }

    /** A change log could not be begun. The store does without: nothing that it had is lost by that. */
    static final class NotBegunException extends IOException {
        private static final long serialVersionUID = 1L;

        NotBegunException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /**
     * Deletes the change log of a log.
     *
     * @throws IOException if a file cannot be deleted
     */
    static void delete(Storage storage) throws IOException {
        deleteAll(storage, filesOf(storage));
    }

    /** With those that a crash left unfinished. */
    private static List<String> filesOf(Storage storage) throws IOException {
        List<String> files = storage.list();
        files.removeIf(name -> !SegmentKind.CHANGES.isName(name) && !SegmentKind.CHANGES.isTemporaryName(name));
        files.sort(null);
        return files;
    }

    /** The last one goes first, so that a crash leaves no gap. */
    private static void deleteAll(Storage storage, List<String> files) throws IOException {
        for (int i = files.size() - 1; i >= 0; i--) {
            storage.delete(files.get(i));
        }
        if (!files.isEmpty()) {
            storage.forceDirectory();
        }
    }

    /**
     * Keeps the changes up to a sequence, and deletes those after it, which will be made again. If the last change up
     * to there is missing, or what is there belongs to another log, nothing is kept, because the change log could not
     * go on without a gap: its files are set aside.
     *
     * @return {@code null} if nothing is left
     */
    private static Kept cut(Storage storage, long logId, long covered, long lastChange) throws IOException {
        List<String> all = filesOf(storage);
        List<String> files = new ArrayList<>(all);
        files.removeIf(SegmentKind.CHANGES::isTemporaryName);
        Segments segments = Segments.read(storage, files);
        if (!segments.isEmpty() && isUnused(segments.get(0))) {
            files.remove(0); // it was too short for the very first change
            segments = segments.between(1, segments.size());
        }
        int last = segments.containing(covered);
        Kept kept = last >= 0 && isConnected(segments, last, logId) ? read(storage, segments, last, covered) : null;
        kept = kept == null || kept.lastSequence() != lastChange ? null : kept;
        if (kept != null) {
            all.removeAll(files.subList(0, last + 1));
        } else if (last >= 0 || segments.list().stream().anyMatch(file -> file.defect() != null)) {
            for (String name : files) {
                storage.rename(name, LogFiles.freeQuarantine(storage, name));
            }
            all.removeAll(files);
        }
        deleteAll(storage, all);
        return kept;
    }

    private static boolean isUnused(Segments.Segment file) {
        return file.header() != null && file.header().start == SegmentHeader.Start.UNUSED;
    }

    private static boolean isConnected(Segments segments, int last, long logId) {
        long number = segments.get(last).header().number;
        for (int i = last; i >= 0; i--, number--) {
            SegmentHeader header = segments.get(i).header();
            if (header == null || header.logId != logId || header.number != number) {
                return false;
            }
        }
        return true;
    }

    /** Reads the last file up to the first change after the sequence. */
    private static Kept read(Storage storage, Segments segments, int last, long covered) throws IOException {
        long base = -1;
        try (FrameReader frames = framesOf(storage, segments.get(0))) {
            if (frames.next()) {
                base = frames.durableSequence();
            }
        }
        Segments.Segment tail = segments.get(last);
        try (FrameReader frames = framesOf(storage, tail)) {
            long lastSequence = -1;
            int end = SegmentDescriptor.HEADER_LENGTH;
            while (frames.next() && frames.firstSequence() <= covered) {
                lastSequence = lastSequenceOf(frames);
                end = frames.offset() + frames.length();
            }
            // What was not forced may be torn. Whether this is all that was, the snapshot tells.
            return base >= 0 ? new Kept(new LogCheck.Tail(tail.name(), tail.header(), end), base, lastSequence) : null;
        }
    }

    private static FrameReader framesOf(Storage storage, Segments.Segment segment) throws IOException {
        StorageFile file = storage.openReadOnly(segment.name());
        return new FrameReader(file, segment.header());
    }

    /** Of the last change in the current frame. */
    static long lastSequenceOf(FrameReader frames) {
        long address = frames.recordsAddress();
        for (int left = frames.recordCount(); left > 1; left--) {
            address += ChangeDescriptor.length(address);
        }
        return frames.firstSequence() + ChangeDescriptor.sequenceOffset(address);
    }

    /** The identity of the log. */
    long logId() {
        return logId;
    }

    /** Takes the changes that the state machine hands out. */
    public ChangeSink sink() {
        return writer;
    }

    /**
     * Forces all changes that were handed out before the last {@link ChangeSink#onBatchEnd}. One thread at a time.
     *
     * @throws LogException if some of them could not be written
     * @throws IOException if they could not be forced: the store is stopped then
     */
    void force() throws IOException {
        LogException behind = whyBehind();
        if (behind != null) {
            throw behind;
        }
        try {
            writer.force();
        } catch (IOException | RuntimeException | Error e) {
            failStop.trip(e);
            throw e;
        }
    }

    /**
     * Forces and closes files that are full, so that they do not stay open for as long as no snapshot is taken. The
     * thread that calls {@link #force}.
     *
     * @throws IOException if they could not be forced: the store is stopped then
     */
    void forceFullFiles() throws IOException {
        try {
            writer.forceFullFiles();
        } catch (IOException | RuntimeException | Error e) {
            failStop.trip(e);
            throw e;
        }
    }

    /** Of the last change, or of the state that it begins with. Only the writer of the state machine. */
    long lastSequence() {
        return writer.lastSequence();
    }

    /** Bytes of frames since it was opened, those included that replay has made again. Any thread. */
    long length() {
        return writer.length();
    }

    /** Where the frames end, as STORE states it; 0 if changes are missing there. Any thread. */
    long end() {
        return writer.problem() == null ? writer.end() : 0;
    }

    /** Finds the file that was cut short, for an error that does not name it. Any thread. */
    Throwable explain(InternalError failure) {
        return writer.explain(failure);
    }

    /** Why the change log is behind, and what to do; {@code null} if it is not. Any thread. */
    public LogException whyBehind() {
        Throwable problem = writer.problem();
        return problem == null
                ? null
                : new LogException(
                        "the change log is behind, because it could not be written (" + problem
                                + "). Make room and open the store again: it goes on without a gap",
                        problem);
    }

    /**
     * Has someone told, once, when more changes have become visible, or the log is closed. Those that were visible
     * before this call do not count: look again after it. Any thread.
     *
     * @param told called by a thread that writes: must be quick and throw nothing
     */
    public void tellOnce(Runnable told) {
        news.tellOnce(told);
    }

    /** Takes back what {@link #tellOnce} asked for; may come too late. Any thread. */
    public void cancel(Runnable told) {
        news.cancel(told);
    }

    /** From now on, only changes of events that are forced are visible. */
    void showUpTo(LongSupplier forced) {
        news.showUpTo(forced);
    }

    /** More of the log is forced. Any thread. */
    void onForced() {
        VarHandle.fullFence(); // a reader sees what is forced, or this thread sees the reader
        news.tell();
    }

    /** All changes of events after this sequence are kept. Any thread. */
    public long base() {
        return base;
    }

    /**
     * A reader of the changes from a position on. Any thread; the reader is for one.
     *
     * @param visible the highest sequence whose changes may be shown at the moment
     * @param sequence and {@code index}: of the first change that is wanted
     * @throws ChangesReleasedException if changes at or after the position are no longer kept
     */
    public ChangeReader newReader(LongSupplier visible, long sequence, int index) {
        if (sequence <= base) {
            throw new ChangesReleasedException("changes up to sequence " + base + " are no longer kept");
        }
        return new ChangeReader(storage, writer::end, visible, sequence, index, search, pins);
    }

    /** Finds changes, newest first. Any thread. */
    public ChangeSearch search() {
        return search;
    }

    /**
     * Deletes the oldest files that hold only changes of events up to a sequence, and that no reader pins. One thread
     * at a time.
     *
     * @param sequence of a snapshot that is durable
     * @throws IOException if that failed; what is left has no gap
     */
    void release(DurableNames names, long sequence) throws IOException {
        Segments files = files();
        heldBack = 0;
        for (int i = 0; i + 1 < files.size(); i++) {
            long next = files.get(i + 1).firstSequence();
            if (next == 0 || next > sequence) {
                return;
            }
            long number = SegmentKind.CHANGES.numberOf(files.get(i).name());
            if (number >= pins.firstPinned()) {
                heldBack = number;
                return;
            }
            try (FrameReader frames = framesOf(storage, files.get(i + 1))) {
                if (!frames.next()) {
                    return;
                }
                base = Math.max(base, frames.durableSequence());
            }
            names.delete(files.get(i).name());
        }
    }

    /** Whether a file that a reader has kept from being released can be released now. Any thread. */
    boolean isReleaseDue() {
        long held = heldBack;
        return held > 0 && held < pins.firstPinned();
    }

    /** Its files. */
    Segments files() throws IOException {
        return Segments.read(storage, LogFiles.changeFiles(storage));
    }

    /** Bytes of those files that hold the changes of events after a sequence. */
    static long bytesAfter(Segments files, long sequence) {
        return files.between(Math.max(0, files.containing(sequence + 1)), files.size())
                .bytes();
    }

    /** Closes the files. Nothing is handed out any more. */
    void close() throws IOException {
        try {
            writer.close();
        } finally {
            news.tell();
        }
    }

    /**
     * What is kept of a change log.
     *
     * @param tail the file to go on in
     * @param base the sequence of the state that the first change follows
     * @param lastSequence of the last change
     */
    private record Kept(LogCheck.Tail tail, long base, long lastSequence) {}
}
