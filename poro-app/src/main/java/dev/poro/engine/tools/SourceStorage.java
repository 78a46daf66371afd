package dev.poro.engine.tools;

import dev.poro.engine.FileSource;
import dev.poro.wal.ReadOnlyStorage;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The files of a {@link FileSource} as a directory that can only be read. Each open file keeps the piece that it has
 * read last, so that reading on asks the source once for each piece.
 */
final class SourceStorage extends ReadOnlyStorage {
    private final FileSource source;
    private final Map<String, Long> lengths;

    SourceStorage(FileSource source) throws IOException {
        super(new FileSystemStorage(Path.of(""))); // for its clocks
        this.source = source;
        this.lengths = source.files();
    }

    @Override
    public List<String> list() {
        return new ArrayList<>(lengths.keySet());
    }

    @Override
    public StorageFile openReadOnly(String name) throws StorageException {
        Long length = lengths.get(name);
        if (length == null) {
            throw new StorageException(describe(name), "there is no such file");
        }
        return new SourceFile(name, length);
    }

    @Override
    public String describe(String name) {
        return name.isEmpty() ? "the log of the other node" : name + " of the other node";
    }

    @Override
    public boolean mapsSafely() {
        return false;
    }

    private final class SourceFile implements StorageFile {
        private final String name;
        private final long length;
        private byte[] piece = {};
        private long pieceAt;

        SourceFile(String name, long length) {
            this.name = name;
            this.length = length;
        }

        @Override
        public String description() {
            return describe(name);
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public int read(ByteBuffer target, long position) throws StorageException {
            int read = 0;
            while (target.hasRemaining() && position + read < length) {
                long at = position + read;
                if (at < pieceAt || at >= pieceAt + piece.length) {
                    fetch(at - at % FileSource.MAX_PIECE);
                }
                int from = (int) (at - pieceAt);
                int count = Math.min(target.remaining(), piece.length - from);
                if (count <= 0) {
                    throw StorageException.shrank(this, read, position, length - position);
                }
                target.put(piece, from, count);
                read += count;
            }
            return read;
        }

        private void fetch(long at) throws StorageException {
            int count = (int) Math.min(FileSource.MAX_PIECE, length - at);
            synchronized (source) { // snapshots are read ahead by another thread
                piece = StorageException.calling(
                        description(), "read at offset " + at, () -> source.read(name, at, count));
            }
            pieceAt = at;
        }

        @Override
        public void write(ByteBuffer from, long position) {
            throw readOnly();
        }

        /** The source says how far the log was forced. */
        @Override
        public void force() {}

        @Override
        public ByteBuffer map(long bytes) {
            throw readOnly();
        }

        @Override
        public void unmap() {}

        @Override
        public void close() {
            piece = new byte[0];
        }
    }
}
