package dev.poro.wal;

import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.nio.ByteBuffer;

/** A file of a {@link LogView}: read-only, and zeros from some offset on. */
final class BoundedFile implements StorageFile {
    private static final byte[] ZEROS = new byte[8 << 10];

    private final StorageFile file;
    private final long end;
    private final boolean owned;

    /**
     * @param end from this offset on it reads as zeros
     * @param owned whether closing this closes the file
     */
    BoundedFile(StorageFile file, long end, boolean owned) {
        this.file = file;
        this.end = end;
        this.owned = owned;
    }

    @Override
    public String description() {
        return file.description();
    }

    @Override
    public long length() throws StorageException {
        return file.length();
    }

    @Override
    public int read(ByteBuffer target, long position) throws StorageException {
        int from = target.position();
        int read = file.read(target, position);
        int at = (int) Math.min(read, Math.max(0, end - position));
        while (at < read) {
            int count = Math.min(ZEROS.length, read - at);
            target.put(from + at, ZEROS, 0, count);
            at += count;
        }
        return read;
    }

    @Override
    public void write(ByteBuffer source, long position) {
        throw new UnsupportedOperationException("only read");
    }

    @Override
    public void force() throws StorageException {
        file.force();
    }

    @Override
    public ByteBuffer map(long length) {
        throw new UnsupportedOperationException("only read");
    }

    @Override
    public void unmap() {}

    @Override
    public void close() throws StorageException {
        if (owned) {
            file.close();
        }
    }
}
