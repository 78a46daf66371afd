package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.ZeroFill;
import java.io.IOException;

/**
 * How far a segment is written that a store may be writing to.
 *
 * <p>A frame in the making looks like damage: its length may be there and its body not, or the other way round. So
 * nothing is judged by one look. What was incomplete and is complete when one looks again was being written: the log
 * ends before it. A frame behind it shows that its writer has moved on; if it is still incomplete then, it is damaged.
 * Otherwise its writer gets some time, which it needs only if it does not run.
 *
 * @param offset from where on nothing is there: the end of the frames or, if nobody completes what follows them, of
 *     that, for the reader to judge; {@link #OPEN} if the segment cannot be recognised
 * @param isOfLog whether the log ends in this segment, as far as it tells: those before it are written to their end
 */
record WrittenEnd(long offset, boolean isOfLog) {
    /** All of the file is to be seen. */
    static final long OPEN = Long.MAX_VALUE;

    /** With {@link Storage#pause} between them, longer than a thread that is ready usually waits for a processor. */
    private static final int MAX_LOOKS = 20;

    /** @param storage to let time pass in */
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
