package dev.poro.wal.storage;

import dev.poro.events.RawMemory;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Copies and compares parts of files, a bounded piece at a time. */
public final class FileCopy {
    private static final int PIECE_LENGTH = 1 << 20;

    private FileCopy() {}

    /** Copies the bytes between two offsets. The source must have all of them. */
    public static void copy(StorageFile source, long from, long to, StorageFile target, long targetOffset)
            throws IOException {
        ByteBuffer piece = allocate(to - from);
        try {
            for (long at = from; at < to; at += piece.limit()) {
                read(source, at, to, piece);
                target.write(piece, targetOffset + at - from);
            }
        } finally {
            RawMemory.release(piece);
        }
    }

    /** Whether a file is an exact copy of the first bytes of the source. */
    public static boolean isCopy(StorageFile file, StorageFile source, long length) throws IOException {
        if (file.length() != length) {
            return false;
        }
        ByteBuffer piece = allocate(length);
        ByteBuffer expected = allocate(length);
        try {
            for (long at = 0; at < length; at += piece.limit()) {
                read(file, at, length, piece);
                read(source, at, length, expected);
                if (!piece.equals(expected)) {
                    return false;
                }
            }
            return true;
        } finally {
            RawMemory.release(piece);
            RawMemory.release(expected);
        }
    }

    private static ByteBuffer allocate(long length) {
        return RawMemory.allocateBuffer((int) Math.max(1, Math.min(PIECE_LENGTH, length)));
    }

    /** Fills the buffer with bytes between two offsets. */
    private static void read(StorageFile file, long at, long to, ByteBuffer piece) throws IOException {
        piece.clear().limit((int) Math.min(piece.capacity(), to - at));
        int read = file.read(piece, at);
        if (read < piece.limit()) {
            throw StorageException.shrank(file, read, at, to - at);
        }
        piece.flip();
    }
}
