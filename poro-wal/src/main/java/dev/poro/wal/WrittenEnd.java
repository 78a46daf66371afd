package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.ZeroFill;
import java.io.IOException;

/**
 * How far a segment is written while a store may be writing to it.
 *
 * <p>A frame that is being written looks like damage: its length may be there and its body not, or the other way round.
 * So an incomplete frame is read again. If it is complete then, it was being written, and the view of the log ends
 * before it. If a later frame exists and it is still incomplete, it is damaged. Otherwise its writer gets some time,
 * which it needs only if its thread is not running.
 *
 * @param offset from here on the segment reads as zeros: the end of the frames, or the end of what follows them if no
 *     writer completes it, for the reader to judge; {@link #OPEN} if the segment cannot be recognised
 * @param isOfLog whether the log ends in this segment: all segments before it are complete
 */
record WrittenEnd(long offset, boolean isOfLog) {
    /** The file is visible to its end. */
    static final long OPEN = Long.MAX_VALUE;

    /** With {@link Storage#pause} between them, longer than a thread that is ready usually waits for a processor. */
    private static final int MAX_LOOKS = 20;

    /** @param storage whose {@link Storage#pause} lets time pass */
    static WrittenEnd of(StorageFile file, String name, Storage storage) throws IOException {
        for (int looks = 0; ; looks++) {
            SegmentHeader header;
            try {
                header = SegmentHeader.read(file, name);
            } catch (LogDamagedException forcedBeforeItHadItsName) {
                return new WrittenEnd(OPEN, false);
            }
            if (header.start == SegmentHeader.Start.STARTED) {
                return looks == 0
                        ? new WrittenEnd(endOfFrames(file, header, storage), true)
                        : new WrittenEnd(SegmentDescriptor.IDENTITY_LENGTH, false);
            }
            int limit = (int) Math.min(header.length, file.length());
            int end = ZeroFill.endOfNonZero(file, SegmentDescriptor.IDENTITY_LENGTH, limit);
            if (end == SegmentDescriptor.IDENTITY_LENGTH) {
                return new WrittenEnd(end, false);
            }
            if (looks == MAX_LOOKS) {
                return new WrittenEnd(end, false);
            }
            if (looks > 0) {
                storage.pause();
            }
        }
    }

    private static long endOfFrames(StorageFile file, SegmentHeader header, Storage storage) throws IOException {
        try (FrameReader frames = new FrameReader(new BoundedFile(file, OPEN, false), header)) {
            int looks = 0;
            while (true) {
                if (frames.next()) {
                    if (looks > 0) {
                        return frames.offset();
                    }
                    continue;
                }
                int end = frames.endOfNonZero();
                if (frames.defect() == null && end == frames.offset()) {
                    return end;
                }
                boolean isFollowed = frames.isFollowed();
                frames.lookAgain();
                if (frames.next()) {
                    return frames.offset();
                }
                if (isFollowed) {
                    frames.resynchronise();
                    looks = 0;
                } else if (++looks > MAX_LOOKS) {
                    return end;
                } else {
                    storage.pause();
                    frames.lookAgain();
                }
            }
        }
    }
}
