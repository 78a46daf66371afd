package dev.poro.wal;

import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlyweight;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A new log directory for what is left of a damaged log. It is written beside its place, as {@code NAME.unfinished},
 * and gets its name when it is whole and forced: a crash before leaves that directory and nothing else.
 * Not thread-safe.
 */
public final class SalvagedLog implements Closeable {
    private static final String UNFINISHED_SUFFIX = ".unfinished";

    private final Path target;
    private final Path unfinished;
    private final RewrittenLog log;
    private boolean finished;

    private SalvagedLog(Path target, Path unfinished, RewrittenLog log) {
        this.target = target;
        this.unfinished = unfinished;
        this.log = log;
    }

    /**
     * Begins a log.
     *
     * @param source the log, or the segment file, that events come from
     * @param segmentLength no less than that of the source's segments
     * @throws LogException if the target is the source or inside it, is not empty, or was left unfinished
     */
    public static SalvagedLog create(Path source, Path target, int segmentLength) throws IOException {
        Path resolved = requireUsable(source, target);
        Path unfinished = unfinishedOf(resolved);
        StorageException.calling(unfinished, "create the directory", () -> Files.createDirectory(unfinished));
        try {
            int length = Math.max(SegmentDescriptor.MIN_LENGTH, (segmentLength + 4095) & -4096);
            return new SalvagedLog(resolved, unfinished, new RewrittenLog(new FileSystemStorage(unfinished), length));
        } catch (IOException | RuntimeException | Error e) {
            deleteQuietly(unfinished, e);
            throw e;
        }
    }

    /**
     * Checks, without writing, that a log can be begun there.
     *
     * @return the target's real path
     * @throws LogException as {@link #create} does
     */
    public static Path requireUsable(Path source, Path target) throws IOException {
        Path log = Files.isDirectory(source) ? source : source.toAbsolutePath().getParent();
        Path resolved = resolve(target);
        if (resolved.startsWith(FileSystemStorage.realPathOf(log))) {
            throw new LogException(target + " lies in the log that is to be salvaged, which is not written to."
                    + " Name a directory elsewhere.");
        }
        if (Files.exists(resolved) && !isEmptyDirectory(resolved)) {
            throw new LogException(target + " exists and is not an empty directory. Name a new one.");
        }
        if (Files.exists(unfinishedOf(resolved))) {
            throw new LogException(unfinishedOf(resolved)
                    + " was left by a salvage that did not finish, or one is under way. Delete it if not, or name"
                    + " another directory.");
        }
        return resolved;
    }

    private static Path resolve(Path target) throws IOException {
        if (Files.exists(target)) {
            return FileSystemStorage.realPathOf(target);
        }
        Path absolute = target.toAbsolutePath().normalize();
        if (!Files.isDirectory(absolute.getParent())) {
            throw new LogException(absolute.getParent() + ": no such directory. Make it first.");
        }
        return FileSystemStorage.realPathOf(absolute.getParent()).resolve(absolute.getFileName());
    }

    private static boolean isEmptyDirectory(Path path) throws IOException {
        return Files.isDirectory(path) && new FileSystemStorage(path).list().isEmpty();
    }

    private static Path unfinishedOf(Path target) {
        return target.resolveSibling(target.getFileName() + UNFINISHED_SUFFIX);
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
        FileSystemStorage.forceDirectory(unfinished);
        StorageException.calling(
                unfinished,
                "rename to " + target.getFileName(),
                () -> Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE));
        finished = true;
        FileSystemStorage.forceDirectory(target.getParent());
    }

    /** Deletes what was not finished. */
    @Override
    public void close() throws IOException {
        if (!finished) {
            try {
                log.close();
            } finally {
                delete(unfinished);
            }
        }
    }

    private static void deleteQuietly(Path directory, Throwable why) {
        try {
            delete(directory);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        Storage storage = new FileSystemStorage(directory);
        for (String name : storage.list()) {
            storage.delete(name);
        }
        StorageException.calling(directory, "delete", () -> {
            Files.delete(directory);
            return null;
        });
    }
}
