package dev.poro.wal;

import dev.poro.events.ChangeKind;
import dev.poro.events.RawMemory;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Reads the changes of a change log in order, from a position on, each once; also of one that is being written. Trusts
 * nothing before its checksum is verified, and notices if a change is missing. Not thread-safe.
 */
public final class ChangeReader implements Closeable {
    /** A reader that has caught up reads its window again for each new frame, so it is short. */
    private static final int WINDOW_LENGTH = 64 << 10;

    /** An end that is not known: the files say where it is. */
    static final long UNKNOWN_END = Long.MAX_VALUE;

    /** How often a frame is read before it counts as damaged. */
    private static final int ATTEMPTS = 5;

    private static final long NONE = -1;

    private final Storage storage;
    private final ChangeSearch search;
    /** {@code null} if nobody deletes files that are being read, or that does not matter. */
    private final ChangePins pins;

    private final LongSupplier end;
    private final LongSupplier visible;
    private final long fromSequence;
    private final int fromIndex;

    private FrameReader frames;
    private long number;
    /** Changes of the current frame that were not shown yet, the address of the next one, and where they end. */
    private int left;

    private long next;
    private long frameEnd;
    /** Of the current change. */
    private long address;

    private long sequence;

    /** Of the last change that was read; {@link #NONE} if none was. */
    private long lastSequence = NONE;

    /**
     * @param end where the frames end, as {@link ChangeWriter#end} tells it, or {@link #UNKNOWN_END}
     * @param visible the highest sequence whose changes may be shown
     * @param fromSequence and {@code fromIndex}: of the first change that is wanted, or the place where it would be
     */
    ChangeReader(Storage storage, LongSupplier end, LongSupplier visible, long fromSequence, int fromIndex) {
        this(storage, end, visible, fromSequence, fromIndex, null, null);
    }

    /**
     * @param search finds the place to begin with; {@code null} for the beginning of a file
     * @param pins keeps the file that is being read, and those after it; {@code null} to do without
     */
    ChangeReader(
            Storage storage,
            LongSupplier end,
            LongSupplier visible,
            long fromSequence,
            int fromIndex,
            ChangeSearch search,
            ChangePins pins) {
        this.storage = storage;
        this.search = search;
        this.pins = pins;
        this.end = end;
        this.visible = visible;
        this.fromSequence = fromSequence;
        this.fromIndex = fromIndex;
    }

    /**
     * Reads the change log in a directory that is not owned, and what a store appends to it: takes no lock, writes
     * nothing.
     *
     * @param visible the highest sequence whose changes may be shown: that of the last event of the log. What a crash
     *     has left behind it is cut off by the next opening
     */
    public static ChangeReader open(Path directory, LongSupplier visible, long fromSequence, int fromIndex) {
        return new ChangeReader(new FileSystemStorage(directory), () -> UNKNOWN_END, visible, fromSequence, fromIndex);
    }

    /** Begins at a frame of a file; the first wanted change is not before it. */
    void openAt(SegmentHeader header, int frameOffset) throws IOException {
        open(header);
        frames.moveTo(frameOffset);
    }

    /** Where the current frame begins in its file. */
    int frameOffset() {
        return frames.offset();
    }

    /** Where the frame after the current one begins. */
    int nextFrameOffset() {
        return frames.offset() + frames.length();
    }

    /** The sequence of the last change before the current frame. */
    long sequenceBefore() {
        return frames.durableSequence();
    }

    /**
     * Moves to the next change.
     *
     * @return {@code false} if there is none at the moment; a later call may find one
     * @throws LogDamagedException if the change log is damaged here
     * @throws ChangesReleasedException if the file that comes next was deleted meanwhile
     * @throws IOException if reading fails
     */
    public boolean next() throws IOException {
        while (true) {
            while (left > 0) {
                long found = frames.firstSequence() + ChangeDescriptor.sequenceOffset(next);
                if (found > visible.getAsLong()) {
                    return false;
                }
                address = next;
                sequence = found;
                lastSequence = found;
                next += ChangeDescriptor.length(address);
                left--;
                if (left > 0) {
                    requireWellFormed();
                }
                if (found > fromSequence || (found == fromSequence && index() >= fromIndex)) {
                    return true;
                }
            }
            if (!enterNextFrame()) {
                return false;
            }
        }
    }

    /**
     * Requires that what was read ends at an offset of the current file.
     *
     * @throws LogDamagedException if the frames end before it
     */
    void requireEnd(int offset) {
        if (nextFrameOffset() != offset) {
            throw damaged("the changes end here, not at offset " + offset);
        }
    }

    private boolean enterNextFrame() throws IOException {
        if (frames == null && !openFirst()) {
            return false;
        }
        while (true) {
            long to = end.getAsLong();
            boolean isLast = to >>> Integer.SIZE == number;
            if (isLast && frames.offset() + frames.length() >= (int) to) {
                return false;
            }
            if (to >>> Integer.SIZE < number) {
                return false; // no frame of this file has ended yet
            }
            if (frames.next() || looksAgain()) {
                enterFrame();
                return true;
            }
            if (frames.defect() != null) {
                throw damaged(frames.defect());
            }
            SegmentHeader following = isLast ? null : findNext(to);
            if (following == null) {
                return false;
            }
            if (looksAgain()) {
                enterFrame(); // it was written between two looks
                return true;
            }
            open(following);
        }
    }

    /** What was read before may be older than the frame. */
    private boolean looksAgain() throws IOException {
        frames.lookAgain();
        boolean found = frames.next();
        for (int attempt = 1; !found && frames.defect() != null && attempt < ATTEMPTS; attempt++) {
            storage.pause(); // it may be half written
            frames.lookAgain();
            found = frames.next();
        }
        return found;
    }

    private void enterFrame() throws IOException {
        if (lastSequence != NONE && frames.durableSequence() != lastSequence) {
            throw damaged("the change before is of sequence " + frames.durableSequence()
                    + ", but what was read ends with " + lastSequence);
        }
        left = frames.recordCount();
        next = frames.recordsAddress();
        frameEnd = next + frames.recordsLength();
        if (left == 0) {
            throw damaged("a frame without a change");
        }
        requireWellFormed();
    }

    private void requireWellFormed() throws IOException {
        String defect = ChangeDescriptor.defectOf(next, frameEnd - next);
        if (defect != null) {
            throw damaged(defect);
        }
    }

    private LogDamagedException damaged(String defect) {
        return new LogDamagedException(
                storage.describe(SegmentKind.CHANGES.nameOf(number)), frames.offset(), lastSequence, defect);
    }

    /** Opens the file that has the first wanted change, if there is one. */
    private boolean openFirst() throws IOException {
        if (search != null && search.moveNear(this, fromSequence)) {
            return true;
        }
        Segments files = Segments.readPresent(storage, LogFiles.changeFiles(storage));
        int index = files.containing(fromSequence);
        // An event's changes may begin in the file before.
        while (index > 0 && files.get(index).firstSequence() == fromSequence) {
            index--;
        }
        for (index = Math.max(0, index); index < files.size(); index++) {
            Segments.Segment first = files.get(index);
            if (first.defect() != null) {
                throw first.defect();
            }
            if (first.header().start == SegmentHeader.Start.STARTED) {
                open(first.header());
                return true;
            }
        }
        return false;
    }

    private ChangesReleasedException deleted(String name) {
        return new ChangesReleasedException(storage.describe(name) + " was deleted: what it held is no longer kept");
    }

    /** The header of the next file, or {@code null} if none is in use. */
    private SegmentHeader findNext(long to) throws IOException {
        String name = SegmentKind.CHANGES.nameOf(number + 1);
        List<String> names = LogFiles.changeFiles(storage);
        if (!names.contains(name)) {
            if (to == UNKNOWN_END
                    && (names.isEmpty() || names.get(names.size() - 1).compareTo(name) < 0)) {
                return null;
            }
            throw deleted(name);
        }
        Segments found = Segments.readPresent(storage, List.of(name));
        if (found.isEmpty()) {
            throw deleted(name);
        }
        Segments.Segment following = found.get(0);
        if (following.defect() != null) {
            throw following.defect();
        }
        return following.header().start == SegmentHeader.Start.STARTED ? following.header() : null;
    }

    private void open(SegmentHeader header) throws IOException {
        closeFile();
        number = header.number;
        if (pins != null) {
            pins.pin(this, header);
        }
        try {
            frames = new FrameReader(storage.openReadOnly(SegmentKind.CHANGES.nameOf(number)), header, WINDOW_LENGTH);
        } catch (StorageException e) {
            if (LogFiles.changeFiles(storage).contains(SegmentKind.CHANGES.nameOf(number))) {
                throw e;
            }
            throw new ChangesReleasedException(
                    storage.describe(SegmentKind.CHANGES.nameOf(number)) + " was deleted meanwhile");
        }
    }

    /** Of the event of the current change. */
    public long sequence() {
        return sequence;
    }

    /** Of the current change among those of its event. */
    public int index() {
        return ChangeDescriptor.index(address);
    }

    /** What happened. */
    public ChangeKind kind() {
        return ChangeDescriptor.kind(address);
    }

    /** See {@link dev.poro.events.ChangeSink#onChange}. */
    public long previous() {
        return ChangeDescriptor.previous(address);
    }

    /** Milliseconds of log time since 1970, or {@link dev.poro.events.ChangeSink#NO_EXPIRY}. */
    public long expiry() {
        return ChangeDescriptor.expiry(address);
    }

    /** Whether the event carried a token. */
    public boolean hasToken() {
        return ChangeDescriptor.hasToken(address);
    }

    /** Whose change it is; only if there is a token. */
    public long tokenClient() {
        return ChangeDescriptor.tokenClient(address);
    }

    /** Of the change among those of the client, from 1 on; only if there is a token. */
    public long tokenNumber() {
        return ChangeDescriptor.tokenNumber(address);
    }

    /** Log time of the event, in milliseconds since 1970. */
    public long timestamp() {
        return frames.timestamp();
    }

    /** The latest that the wall clock had shown up to the event, in milliseconds since the epoch. */
    public long latestWallClock() {
        return frames.wallClock();
    }

    /** Bytes of the key. */
    public int keyLength() {
        return ChangeDescriptor.keyLength(address);
    }

    /** The address of the key; valid until the next call of {@link #next}. */
    public long keyAddress() {
        return ChangeDescriptor.keyAddress(address);
    }

    /** Whether the change is of this key. */
    public boolean hasKey(byte[] key) {
        return key.length == keyLength()
                && kind() != ChangeKind.CLEARED
                && RawMemory.equal(keyAddress(), key, 0, key.length);
    }

    /** Bytes of the value, which follows the key. */
    public int valueLength() {
        return ChangeDescriptor.valueLength(address);
    }

    /** A copy of the key. */
    public byte[] key() {
        byte[] key = new byte[keyLength()];
        RawMemory.copy(keyAddress(), key, 0, key.length);
        return key;
    }

    /** A copy of the value; empty unless the change is a SET. */
    public byte[] value() {
        byte[] value = new byte[valueLength()];
        RawMemory.copy(keyAddress() + keyLength(), value, 0, value.length);
        return value;
    }

    @Override
    public void close() throws IOException {
        if (pins != null) {
            pins.unpin(this);
        }
        closeFile();
    }

    private void closeFile() throws IOException {
        if (frames != null) {
            frames.close();
            frames = null;
        }
    }
}
