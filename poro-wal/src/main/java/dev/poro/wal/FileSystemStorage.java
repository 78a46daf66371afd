package dev.poro.wal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** A directory of the file system, and the system's clock. */
public final class FileSystemStorage implements Storage {
    /**
     * File systems that keep a written block where it is when it is written again, so that a store into a mapping
     * needs no new block. Others (btrfs, zfs, overlays over who knows what, the network) are written by calls.
     */
    private static final Set<String> OVERWRITES_IN_PLACE = Set.of("ext2", "ext3", "ext4", "xfs", "tmpfs");

    private final Path directory;

    /** @param directory exists */
    public FileSystemStorage(Path directory) {
        this.directory = directory;
    }

    @Override
    public List<String> list() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                names.add(file.getFileName().toString());
            }
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    @Override
    public StorageFile create(String name) throws IOException {
        return open(name, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public StorageFile open(String name) throws IOException {
        return open(name, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public StorageFile openReadOnly(String name) throws IOException {
        return open(name, Set.of(StandardOpenOption.READ));
    }

    private StorageFile open(String name, Set<? extends OpenOption> options) throws IOException {
        return FileSystemFile.open(directory.resolve(name), options);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Path target = directory.resolve(to);
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        Files.move(directory.resolve(from), target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(String name) throws IOException {
        Files.delete(directory.resolve(name));
    }

    @Override
    public void forceDirectory() throws IOException {
        forceDirectory(directory);
    }

    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(directory + ": cannot force the directory: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean mapsSafely() throws IOException {
        return OVERWRITES_IN_PLACE.contains(Files.getFileStore(directory).type().toLowerCase(Locale.ROOT));
    }

    @Override
    public long currentTimeMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long randomLong() {
        return ThreadLocalRandom.current().nextLong();
    }

    @Override
    public String describe(String name) {
        return directory.resolve(name).toString();
    }
}
