package dev.poro.wal.simulated;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.LockSupport;

/**
 * A {@link SimulatedStorage} as another process sees it: as a directory of a file system, for what takes a
 * {@link Path}. Beside it, further directories can be made. Before each call that looks at the log, somebody may do
 * something: so a tool and a writer go on step by step, the same way each time. Calls of the tool are not among the
 * storage's operations, and no fault hits them. Not thread-safe.
 */
public final class SimulatedFileSystem extends FileSystem {
    /** Where the log is. */
    public static final String LOG = "/simulated";

    /** The only files of the log that a reader may write to. */
    private static final Set<String> LOCK_NAMES = Set.of("LOCK", ".LOCK");

    private final Provider provider = new Provider();
    private final SimulatedStorage log;
    private final Random random;
    private final Runnable besides;
    private final Map<Path, SimulatedStorage> directories = new TreeMap<>();
    private final Thread tool = Thread.currentThread();
    private boolean isBesides;

    /**
     * @param random how much a read returns
     * @param besides what others do before each call
     */
    public SimulatedFileSystem(SimulatedStorage log, Random random, Runnable besides) {
        this.log = log;
        this.random = random;
        this.besides = besides;
        directories.put(getPath("/"), new SimulatedStorage(0));
        directories.put(getPath(LOG), log);
    }

    /** What is in a directory that was made; {@code null} if there is none. */
    public SimulatedStorage in(String directory) {
        return directories.get(getPath(directory));
    }

    /** Gives the memory back of all that was made. */
    public void release() {
        directories.values().stream().filter(made -> made != log).forEach(SimulatedStorage::release);
    }

    void beforeEachCall(Path path) {
        if (!isBesides && isOfTheTool() && isInLog(path)) {
            // When it parks before it looks again, time passes at once.
            LockSupport.unpark(tool);
            isBesides = true;
            try {
                besides.run();
            } finally {
                isBesides = false;
            }
        }
    }

    /** How much a read returns. */
    int part(Path path, int whole) {
        return !isOfTheTool() || !isInLog(path) || random.nextBoolean() ? whole : 1 + random.nextInt(whole);
    }

    /** What a tool does elsewhere is not stepped: where it writes a log, threads of its own work on it as they like. */
    private boolean isInLog(Path path) {
        return absolute(path).startsWith(getPath(LOG));
    }

    /** Threads of the tool's own, which read snapshots ahead, go on as they like: nobody changes what they read. */
    private boolean isOfTheTool() {
        return Thread.currentThread() == tool;
    }

    boolean isOfTheLog(SimulatedDisk disk) {
        return log.diskOf(disk.name()) == disk;
    }

    boolean isThere(Path path) {
        return directories.containsKey(path) || diskAt(path) != null;
    }

    private SimulatedDisk diskAt(Path path) {
        Path absolute = absolute(path);
        SimulatedStorage directory = parentOf(absolute);
        return directory == null
                ? null
                : directory.diskOf(absolute.getFileName().toString());
    }

    private SimulatedStorage parentOf(Path path) {
        Path parent = absolute(path).getParent();
        return parent == null ? null : directories.get(parent);
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    @Override
    public Path getPath(String first, String... more) {
        return new SimulatedPath(this, Path.of(first, more));
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(getPath("/"));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return Set.of("basic");
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        throw new UnsupportedOperationException();
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }

    /** What {@link java.nio.file.Files} and the channels ask. */
    private final class Provider extends FileSystemProvider {
        @Override
        public String getScheme() {
            return "simulated";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            return SimulatedFileSystem.this;
        }

        @Override
        public Path getPath(URI uri) {
            return SimulatedFileSystem.this.getPath(uri.getPath());
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return open(path, options);
        }

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            return open(path, options);
        }

        @Override
        public AsynchronousFileChannel newAsynchronousFileChannel(
                Path path, Set<? extends OpenOption> options, ExecutorService executor, FileAttribute<?>... attributes)
                throws IOException {
            return new SimulatedAsynchronousChannel(open(path, options));
        }

        private SimulatedChannel open(Path path, Set<? extends OpenOption> options) throws IOException {
            beforeEachCall(path);
            Path absolute = absolute(path);
            if (directories.containsKey(absolute)) {
                return new SimulatedChannel(SimulatedFileSystem.this, path, null);
            }
            SimulatedDisk disk = diskAt(absolute);
            boolean isNew = options.contains(StandardOpenOption.CREATE_NEW);
            if (disk != null && isNew) {
                throw new FileAlreadyExistsException(path.toString());
            }
            if (disk == null && (isNew || options.contains(StandardOpenOption.CREATE))) {
                disk = directoryOf(path).make(absolute.getFileName().toString());
            }
            if (disk == null) {
                throw new NoSuchFileException(path.toString());
            }
            if (options.contains(StandardOpenOption.WRITE) && isOfTheLog(disk) && !isLock(absolute)) {
                throw new AssertionError("would write to the log: " + path);
            }
            return new SimulatedChannel(SimulatedFileSystem.this, path, disk);
        }

        private boolean isLock(Path path) {
            return LOCK_NAMES.contains(path.getFileName().toString());
        }

        /** Where a file is to be made, deleted or renamed: not in the log, but for its lock. */
        private SimulatedStorage directoryOf(Path path) throws IOException {
            SimulatedStorage directory = parentOf(path);
            if (directory == null) {
                throw new NoSuchFileException(path.toString());
            }
            if (directory == log && !isLock(path)) {
                throw new AssertionError("would change the log: " + path);
            }
            return directory;
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path path, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            beforeEachCall(path);
            SimulatedStorage directory = directories.get(absolute(path));
            if (directory == null) {
                throw new NoSuchFileException(path.toString());
            }
            List<Path> entries = new ArrayList<>();
            for (String name : directory.names()) {
                entries.add(path.resolve(name));
            }
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    return entries.iterator();
                }

                @Override
                public void close() {
                    // Nothing is open.
                }
            };
        }

        @Override
        public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
            if (isThere(absolute(path))) {
                throw new FileAlreadyExistsException(path.toString());
            }
            directories.put(absolute(path), new SimulatedStorage(directories.size()));
        }

        @Override
        public void delete(Path path) throws IOException {
            SimulatedStorage directory = directories.get(absolute(path));
            if (directory == null) {
                directoryOf(path).delete(path.getFileName().toString());
            } else if (directory.names().isEmpty()) {
                directories.remove(absolute(path));
            } else {
                throw new DirectoryNotEmptyException(path.toString());
            }
        }

        @Override
        public void move(Path source, Path target, CopyOption... options) throws IOException {
            Path to = absolute(target);
            SimulatedStorage moved = directories.remove(absolute(source));
            boolean replaces = List.of(options).contains(StandardCopyOption.ATOMIC_MOVE);
            if (isThere(to) && !replaces) {
                throw new FileAlreadyExistsException(target.toString());
            }
            if (moved != null) {
                directories.put(to, moved);
            } else {
                directoryOf(source)
                        .rename(
                                source.getFileName().toString(),
                                target.getFileName().toString());
            }
        }

        @Override
        public void copy(Path source, Path target, CopyOption... options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isSameFile(Path path, Path other) {
            return absolute(path).equals(absolute(other));
        }

        @Override
        public boolean isHidden(Path path) {
            return false;
        }

        @Override
        public FileStore getFileStore(Path path) {
            return new SimulatedFileStore();
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            readAttributes(path, BasicFileAttributes.class);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
            if (type != BasicFileAttributeView.class) {
                return null;
            }
            return type.cast(new BasicFileAttributeView() {
                @Override
                public String name() {
                    return "basic";
                }

                @Override
                public BasicFileAttributes readAttributes() throws IOException {
                    return Provider.this.readAttributes(path, BasicFileAttributes.class);
                }

                @Override
                public void setTimes(FileTime modified, FileTime accessed, FileTime created) {
                    // Nobody asks for them.
                }
            });
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            beforeEachCall(path);
            if (type != BasicFileAttributes.class) {
                throw new UnsupportedOperationException();
            }
            SimulatedStorage directory = directories.get(absolute(path));
            SimulatedDisk disk = diskAt(path);
            if (directory == null && disk == null) {
                throw new NoSuchFileException(path.toString());
            }
            return type.cast(new SimulatedAttributes(
                    directory != null, disk == null ? 0 : disk.length(), directory != null ? directory : disk));
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
            throw new UnsupportedOperationException();
        }
    }

    private record SimulatedAttributes(boolean isDirectory, long size, Object fileKey) implements BasicFileAttributes {
        private static final FileTime NEVER = FileTime.fromMillis(0);

        @Override
        public FileTime lastModifiedTime() {
            return NEVER;
        }

        @Override
        public FileTime lastAccessTime() {
            return NEVER;
        }

        @Override
        public FileTime creationTime() {
            return NEVER;
        }

        @Override
        public boolean isRegularFile() {
            return !isDirectory;
        }

        @Override
        public boolean isSymbolicLink() {
            return false;
        }

        @Override
        public boolean isOther() {
            return false;
        }
    }

    /** Of a type that nobody knows: whoever writes there writes by calls. */
    private static final class SimulatedFileStore extends FileStore {
        @Override
        public String name() {
            return "simulated";
        }

        @Override
        public String type() {
            return "simulated";
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public long getTotalSpace() {
            return Long.MAX_VALUE;
        }

        @Override
        public long getUsableSpace() {
            return Long.MAX_VALUE;
        }

        @Override
        public long getUnallocatedSpace() {
            return Long.MAX_VALUE;
        }

        @Override
        public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
            return type == BasicFileAttributeView.class;
        }

        @Override
        public boolean supportsFileAttributeView(String name) {
            return name.equals("basic");
        }

        @Override
        public <V extends java.nio.file.attribute.FileStoreAttributeView> V getFileStoreAttributeView(Class<V> type) {
            return null;
        }

        @Override
        public Object getAttribute(String attribute) {
            throw new UnsupportedOperationException();
        }
    }
}
