package dev.poro.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The files of a node beside its store.
 *
 * <pre>
 *   WAL.cluster/archive     the cluster's log and its snapshots, by Aeron Archive
 *   WAL.cluster/consensus   what the node has voted, which snapshots there are, by Aeron Cluster
 *   /dev/shm/poro-...       buffers of the network, while the node runs; in WAL.cluster if that has too little room
 * </pre>
 *
 * <p>Aeron's marks, which it maps with what it tells of errors, are in the last one, too: they have holes, which a full
 * disk does not fill.
 */
final class ClusterFiles {
    private static final String OWNER_ONLY = "rwx------";
    private static final FileAttribute<?>[] PRIVATE = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY))
    };

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    /** The buffers of a node that has many others, and some to spare. */
    private static final long LEAST_SHARED_MEMORY = 1L << 30;

    /** Which recordings there are: without it there is no node. */
    static final String RECORDINGS = "recording.log";

    /** For whom the node has voted. */
    static final String VOTES = "node-state.dat";

    private final Path directory;

    ClusterFiles(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** Where a join makes them. */
    ClusterFiles unfinished() {
        return new ClusterFiles(directory.resolveSibling(directory.getFileName() + ".unfinished"));
    }

    Path archive() {
        return directory.resolve("archive");
    }

    Path consensus() {
        return directory.resolve("consensus");
    }

    /** The same for each start, so that what a killed process has left is found and removed. */
    Path driver() {
        String name = "poro-"
                + UUID.nameUUIDFromBytes(
                        directory.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
        return hasSharedMemory() ? SHARED_MEMORY.resolve(name) : directory.resolve("driver");
    }

    private static boolean hasSharedMemory() {
        try {
            if (!Files.isWritable(SHARED_MEMORY)) {
                return false;
            }
            FileStore store = Files.getFileStore(SHARED_MEMORY);
            return store.getUsableSpace() >= LEAST_SHARED_MEMORY;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether the node has been a part of a cluster. */
    boolean exist() {
        return Files.exists(consensus().resolve(RECORDINGS));
    }

    /**
     * Makes the directories, and removes the marks by which Aeron keeps a second process out: they stay valid for ten
     * seconds after a kill. The caller has the lock of the store, so there is no second process.
     */
    void prepare() {
        try {
            make();
            remove(archive(), "archive-mark.{dat,lnk}");
            remove(consensus(), "cluster-mark*.{dat,lnk}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the directories. They are for this user only, as the store is: the cluster's log has all that it has. */
    void make() throws IOException {
        FileAttribute<?>[] modes = hasModes() ? PRIVATE : new FileAttribute<?>[0];
        Files.createDirectories(archive(), modes);
        Files.createDirectories(consensus(), modes);
    }

    /** Lets only this user see a directory: that of the buffers of the network, which Aeron makes for all to read. */
    void hide(Path made) {
        if (hasModes()) {
            try {
                Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(OWNER_ONLY));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private boolean hasModes() {
        return directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** Removes all that a join has left. Only for the directory of one. */
    void clear() throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.deleteIfExists(consensus().resolve(RECORDINGS)); // from here on, it is none
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** Removes the marks of an archive that could not start. */
    void prepareArchive() {
        try {
            remove(archive(), "archive-mark.{dat,lnk}");
            remove(driver(), "archive-mark.{dat,lnk}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path from, String names) throws IOException {
        try (DirectoryStream<Path> marks = Files.newDirectoryStream(from, names)) {
            for (Path mark : marks) {
                Files.delete(mark);
            }
        }
    }
}
