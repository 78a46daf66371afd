package dev.poro.cluster;

import dev.poro.engine.FileSource;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.tools.ReplicaCopy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes the files of a node that has none, or has lost them, as a copy of those of another node, which runs meanwhile:
 * see {@link ClusterNode#files}. The node may then be started, and may vote: it has everything that was acknowledged
 * before the copy was asked for.
 *
 * <p>Of what the node has voted before, nothing is known any more. An election is over in less than a second, and no
 * vote counts in a later one: a join takes longer.
 *
 * <p>A join that ends early, however that is, leaves directories whose names end with {@code .unfinished}, and no
 * store; nothing starts from them. Another join goes on there. The steps, each forced before the next one:
 *
 * <pre>
 *   CLUSTER.unfinished          the cluster's files, its log read back; recording.log last
 *   WAL.unfinished              the log of the store, copied, read back, replayed, its digest compared
 *   WAL.unfinished  -> WAL
 *   CLUSTER.unfinished -> CLUSTER
 * </pre>
 */
public final class ClusterJoin {
    private static final String REMEDY =
            ". The other node is unchanged. Mend that, or free space, and run the join again: it goes on";

    private static final Pattern ARCHIVED = Pattern.compile("archive/(?:archive\\.catalog|(\\d+)-(\\d+)\\.rec)");

    private final FileSource source;
    private final Path wal;
    private final ClusterFiles files;
    private final ClusterFiles unfinished;

    private ClusterJoin(FileSource source, Path wal, Path directory) {
        this.source = source;
        this.wal = wal;
        this.files = new ClusterFiles(directory);
        this.unfinished = files.unfinished();
    }

    /**
     * Whether an earlier join has copied everything, and was cut before the last file had its name: {@link #finish}
     * does the rest, without the other node.
     *
     * @param wal the directory of the store
     * @param directory of the cluster's files
     */
    public static boolean isCopied(Path wal, Path directory) {
        ClusterFiles files = new ClusterFiles(directory);
        return !files.exist() && files.unfinished().exist() && !isFree(wal);
    }

    /**
     * Ends an earlier join that {@link #isCopied}.
     *
     * @throws PoroException if a directory cannot be renamed
     */
    public static void finish(Path directory) {
        try {
            name(new ClusterFiles(directory));
        } catch (IOException e) {
            throw new PoroException(directory + ": " + e.getMessage() + REMEDY, e);
        }
    }

    /**
     * Copies everything. Needs as much memory as the store.
     *
     * @param source the files of the other node
     * @param wal the directory of the store, which does not exist or is empty
     * @param directory of the cluster's files, which does not exist or is empty
     * @return the sequence of the last event that was copied
     * @throws PoroException if there is a node already, the other one is lost, what it gives does not fit together, or
     *     a disk fails or is full; there is no node then
     */
    public static long run(FileSource source, Path wal, Path directory, Progress progress) {
        Objects.requireNonNull(progress, "progress");
        requireFree(wal);
        requireFree(directory);
        return new ClusterJoin(source, wal, directory).run(progress);
    }

    private static void requireFree(Path directory) {
        if (!isFree(directory)) {
            throw new PoroException(
                    directory + " exists: only a node without files joins. If it is lost, or cannot go on, put "
                            + directory + " aside first",
                    null);
        }
    }

    private static boolean isFree(Path directory) {
        try (DirectoryStream<Path> content = Files.newDirectoryStream(directory)) {
            return !content.iterator().hasNext();
        } catch (IOException e) {
            return !Files.exists(directory);
        }
    }

    private long run(Progress progress) {
        try {
            Map<String, Long> all = source.files();
            JoinPoint point = JoinPoint.decode(readWhole(JoinPoint.NAME, all));
            ReplicaCopy.run(
                    new StoreFiles(all),
                    point.sequence(),
                    point.digest(),
                    wal,
                    () -> copyClusterFiles(all, point),
                    progress);
            name(files);
            return point.sequence();
        } catch (IOException e) {
            throw new PoroException(wal + ": the join has stopped: " + e.getMessage() + REMEDY, e);
        }
    }

    private byte[] readWhole(String name, Map<String, Long> all) throws IOException {
        Long length = all.get(name);
        if (length == null || length > FileSource.MAX_PIECE) {
            throw new IOException("the other node gives no file '" + name + "'");
        }
        byte[] bytes = source.read(name, 0, length.intValue());
        if (bytes.length != length) {
            throw new IOException("the other node gives only " + bytes.length + " bytes of '" + name + "'");
        }
        return bytes;
    }

    /** What an earlier join has left is replaced: it may be of another moment. */
    private void copyClusterFiles(Map<String, Long> all, JoinPoint point) throws IOException {
        unfinished.clear();
        unfinished.make();
        Map<Long, Path> log = new TreeMap<>();
        for (Map.Entry<String, Long> file : all.entrySet()) {
            Matcher name = ARCHIVED.matcher(file.getKey());
            if (name.matches()) {
                Path copy = unfinished.archive().resolve(file.getKey().substring(NodeFiles.ARCHIVE.length()));
                copy(file.getKey(), file.getValue(), copy);
                if (name.group(1) != null && Long.parseLong(name.group(1)) == point.recording()) {
                    log.put(Long.parseLong(name.group(2)), copy);
                }
            }
        }
        ClusterLogCheck.requireWhole(log, point.end());
        forceDirectory(unfinished.archive());
        for (String name : List.of(ClusterFiles.VOTES, ClusterFiles.RECORDINGS)) {
            String remote = NodeFiles.CONSENSUS + name;
            if (!all.containsKey(remote)) {
                throw new IOException("the other node gives no file '" + remote + "'");
            }
            copy(remote, all.get(remote), unfinished.consensus().resolve(name));
        }
        forceDirectory(unfinished.consensus());
        forceDirectory(unfinished.directory());
        forceDirectory(unfinished.directory().toAbsolutePath().getParent());
    }

    /** A segment gets its full length, as the archive makes it; what it does not have yet is zeros. */
    private void copy(String name, long length, Path copy) throws IOException {
        try (FileChannel out = FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = 0; at < length; ) {
                byte[] piece = source.read(name, at, (int) Math.min(FileSource.MAX_PIECE, length - at));
                if (piece.length == 0) {
                    throw new IOException("the other node's '" + name + "' ends at offset " + at);
                }
                for (ByteBuffer rest = ByteBuffer.wrap(piece); rest.hasRemaining(); ) {
                    out.write(rest);
                }
                at += piece.length;
            }
            if (copy.toString().endsWith(".rec") && length < ClusterSettings.LOG_TERM_LENGTH) {
                out.write(ByteBuffer.allocate(1), ClusterSettings.LOG_TERM_LENGTH - 1L);
            }
            out.force(true);
        }
    }

    private static void name(ClusterFiles files) throws IOException {
        Path directory = files.directory().toAbsolutePath();
        try {
            Files.move(files.unfinished().directory(), directory, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(directory + " is a mount point, which no directory can replace: name one in it", e);
        }
        forceDirectory(directory.getParent());
    }

    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Those of the store. */
    private final class StoreFiles implements FileSource {
        private final Map<String, Long> lengths = new TreeMap<>();

        StoreFiles(Map<String, Long> all) {
            all.forEach((name, length) -> {
                if (name.startsWith(NodeFiles.STORE)) {
                    lengths.put(name.substring(NodeFiles.STORE.length()), length);
                }
            });
        }

        @Override
        public Map<String, Long> files() {
            return lengths;
        }

        @Override
        public byte[] read(String name, long offset, int length) throws IOException {
            return source.read(NodeFiles.STORE + name, offset, length);
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
