package dev.poro.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;

/**
 * Forces what the archive has written, for {@code everysec}: the archive itself forces each message, or nothing. After
 * a power cut of all nodes, the cluster's log decides what has happened, so it must be as durable as the stores are.
 *
 * <p>Belongs to the thread of the {@link Keeper}.
 */
final class ArchiveForcer {
    /** How much earlier than it is written to a file may say that it was. */
    private static final long RESOLUTION_MS = 100;

    private final Path archive;
    private final Forcing forcing;
    private final Map<Path, FileTime> forced = new HashMap<>();

    /** Forces a file, or a directory. */
    @FunctionalInterface
    interface Forcing {
        void force(Path path) throws IOException;
    }

    ArchiveForcer(Path archive, Forcing forcing) {
        this.archive = archive;
        this.forcing = forcing;
    }

    static void forceFile(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            file.force(false);
        }
    }

    /**
     * Forces the files that have changed since the last time, and the directory if there are other files.
     *
     * @throws UncheckedIOException if that fails: what is in the files is not known any more
     */
    void run() {
        Map<Path, FileTime> before = Map.copyOf(forced);
        forced.clear();
        try {
            // It is mapped: when it was written to is not known.
            forceIfThere(archive.resolve("archive.catalog"));
            try (DirectoryStream<Path> files = Files.newDirectoryStream(archive, "*.rec")) {
                for (Path file : files) {
                    forceIfChanged(file, before.get(file));
                }
            }
            if (!forced.keySet().equals(before.keySet())) {
                forcing.force(archive);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(archive + ": the cluster's log could not be forced: " + e.getMessage(), e);
        }
    }

    private void forceIfChanged(Path file, FileTime before) throws IOException {
        try {
            FileTime now = Files.getLastModifiedTime(file);
            // Of a file that is being written to, the next write may have the same time.
            boolean isSettled = now.toMillis() + RESOLUTION_MS < System.currentTimeMillis();
            if (!now.equals(before)) {
                forcing.force(file);
            }
            forced.put(file, isSettled ? now : FileTime.fromMillis(0));
        } catch (NoSuchFileException e) {
            // It was given back meanwhile.
        }
    }

    private void forceIfThere(Path file) throws IOException {
        if (Files.exists(file)) {
            forcing.force(file);
        }
    }
}
