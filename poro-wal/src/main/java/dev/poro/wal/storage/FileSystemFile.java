package dev.poro.wal.storage;

import dev.poro.events.RawMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * A file of the file system.
 *
 * <p>An interrupt of a thread that uses a {@link FileChannel} closes the channel, and the threads that write a log are
 * often the application's. So the {@code FileChannel} only reads and maps. Writing and forcing go through an {@link
 * AsynchronousFileChannel}, which ignores interrupts. {@link DirectExecutorService} has it write on the calling thread:
 * another thread would cost two wake-ups for each frame. Its {@code force} is an fdatasync on the calling thread and,
 * unlike that of a mapping, reports failure on every JDK.
 */
final class FileSystemFile implements StorageFile {
    private static final Set<OpenOption> WRITE_ONLY = Set.of(StandardOpenOption.WRITE);

    private final Path path;
    /** The file system's key for the file; {@code null} if it has none. */
    private final Object key;

    /** Checked together with the file; {@code null} if there is none. */
    private final FileSystemStorage.Guard lock;

    private final FileChannel reader;
    private final AsynchronousFileChannel writer;
    private ByteBuffer mapping;

    private FileSystemFile(Path path, FileSystemStorage.Guard lock, FileChannel reader, AsynchronousFileChannel writer)
            throws IOException {
        this.path = path;
        this.lock = lock;
        this.key = attributes(path).fileKey();
        this.reader = reader;
        this.writer = writer;
    }

    /** @param lock of the log, or {@code null} */
    static FileSystemFile open(Path path, Set<? extends OpenOption> options, FileSystemStorage.Guard lock)
            throws IOException {
        FileChannel reader = FileChannel.open(path, options, PrivateFiles.fileMode(path));
        AsynchronousFileChannel writer = null;
        try {
            if (options.contains(StandardOpenOption.WRITE)) {
                writer = AsynchronousFileChannel.open(path, WRITE_ONLY, new DirectExecutorService());
            }
            return new FileSystemFile(path, lock, reader, writer);
        } catch (IOException | RuntimeException | Error e) {
            reader.close();
            if (writer != null) {
                writer.close();
            }
            throw e;
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class);
    }

    @Override
    public String description() {
        return path.toString();
    }

    @Override
    public long length() throws StorageException {
        try {
            return reader.size();
        } catch (IOException e) {
            throw StorageException.of(path, "tell the length", e);
        }
    }

    @Override
    public int read(ByteBuffer target, long position) throws StorageException {
        int total = 0;
        while (target.hasRemaining()) {
            int read = readSome(target, position + total);
            if (read < 0) {
                break;
            }
            total += read;
        }
        return total;
    }

    private int readSome(ByteBuffer target, long position) throws StorageException {
        try {
            return reader.read(target, position);
        } catch (IOException e) {
            throw StorageException.of(path, "read at offset " + position, e);
        }
    }

    @Override
    public void write(ByteBuffer source, long position) throws StorageException {
        long at = position;
        try {
            while (source.hasRemaining()) {
                at += uninterruptibly(writer.write(source, at));
            }
        } catch (IOException e) {
            throw StorageException.of(path, "write at offset " + at, e);
        }
    }

    private static int uninterruptibly(Future<Integer> written) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return written.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException) {
                throw (IOException) e.getCause();
            }
            throw new IOException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void force() throws StorageException {
        try {
            if (writer == null) {
                reader.force(false);
            } else {
                writer.force(false);
            }
        } catch (IOException e) {
            throw StorageException.of(path, "force", e);
        }
    }

    @Override
    public void requireIntact(long length) throws StorageException {
        BasicFileAttributes found;
        try {
            found = attributes(path);
        } catch (NoSuchFileException e) {
            throw new StorageException(path, "the file was removed");
        } catch (IOException e) {
            throw StorageException.of(path, "look it up", e);
        }
        if (!Objects.equals(found.fileKey(), key)) {
            throw new StorageException(path, "the file was replaced by another one");
        }
        if (found.size() < length) {
            throw new StorageException(
                    path, "the file was cut short: it ends at offset " + found.size() + " and not at " + length);
        }
        if (lock != null) {
            lock.requireHeld();
        }
    }

    @Override
    public ByteBuffer map(long length) throws StorageException {
        try {
            mapping = reader.map(FileChannel.MapMode.READ_WRITE, 0, length);
        } catch (IOException e) {
            throw StorageException.of(path, "map", e);
        }
        return mapping;
    }

    @Override
    public void unmap() {
        if (mapping != null) {
            RawMemory.release(mapping);
            mapping = null;
        }
    }

    @Override
    public void close() throws StorageException {
        unmap();
        StorageException.calling(path, "close", () -> {
            try {
                reader.close();
            } finally {
                if (writer != null) {
                    writer.close();
                }
            }
            return null;
        });
    }
}
