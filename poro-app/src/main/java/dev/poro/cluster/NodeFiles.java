package dev.poro.cluster;

import dev.poro.engine.FileSource;
import dev.poro.engine.PoroException;
import dev.poro.engine.Replica;
import io.aeron.archive.client.AeronArchive;
import io.aeron.cluster.RecordingLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All files of a running node as they are at one moment, for another one that begins as a copy of it. Until this is
 * closed, neither the store nor the cluster's log gives back anything; so it closes itself when nothing was read for a
 * minute, and after a day.
 *
 * <pre>
 *   node                     {@link JoinPoint}
 *   store/...                the log of the store
 *   consensus/...            which recordings there are, and what the node has voted
 *   archive/...              the cluster's log and its snapshots
 * </pre>
 *
 * <p>The copy may vote: it has everything that was acknowledged before it was asked for. That is what the barriers are
 * for. After the first one, the node has all of it; after the second one, its log goes on behind that, so that a copy
 * which loses its last message has it still.
 *
 * <p>The archive writes while this reads. So the cluster's log ends where the archive had recorded it up to, and not
 * where the files end; and the catalog is read until it is the same twice, with a question to the archive between: that
 * answers only when it is in the midst of nothing.
 */
final class NodeFiles implements FileSource {
    static final String STORE = "store/";
    static final String CONSENSUS = "consensus/";
    static final String ARCHIVE = "archive/";

    private static final String CATALOG = "archive.catalog";
    private static final String SEGMENT_SUFFIX = ".rec";
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterNode.class);

    /** So long it may take until the files are as they are to be; the one that joins waits for twice as long. */
    static final long MOST_BEGIN_NANOS = TimeUnit.SECONDS.toNanos(30);

    static final long MOST_IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);
    static final long MOST_HELD_NANOS = TimeUnit.DAYS.toNanos(1);

    private final LogPurge purge;
    private final Path archive;
    private final Map<String, byte[]> inMemory = new LinkedHashMap<>();
    private final Map<String, Long> inArchive = new LinkedHashMap<>();
    private FileSource store;
    private final LongSupplier nanoTime;
    private final long begunAt;
    private volatile long usedAt;

    /** Why it is closed, if that was not asked for. */
    private String reason = "";

    private boolean isClosed;

    /** @param store {@code null} until its files are there */
    NodeFiles(LogPurge purge, Path archive, LongSupplier nanoTime, FileSource store) {
        this.purge = purge;
        this.archive = archive;
        this.nanoTime = nanoTime;
        this.begunAt = nanoTime.getAsLong();
        this.usedAt = begunAt;
        this.store = store;
        purge.hold();
    }

    /**
     * Waits until the node has everything that was acknowledged before this call.
     *
     * @param barrier returns when the node has everything that was acknowledged before
     * @throws PoroException if the node does not reach a leader, or its files cannot be read
     */
    static NodeFiles of(
            ClusterFiles files,
            LogPurge purge,
            NodeService service,
            Replica replica,
            Runnable barrier,
            long timeoutNanos) {
        NodeFiles result = new NodeFiles(purge, files.archive(), System::nanoTime, null);
        try {
            do {
                barrier.run();
                long committed = service.position();
                result.readConsensus(files.consensus());
                NodeSnapshot[] state = new NodeSnapshot[1];
                result.store = replica.files(() -> state[0] = service.state(timeoutNanos));
                barrier.run();
                result.readArchive(files.consensus(), committed, state[0]);
                if (result.isConsensusUnchanged(files.consensus())) {
                    return result;
                }
                result.forget();
            } while (result.isInTime());
            throw new IOException("the leader changes all the time");
        } catch (IOException | UncheckedIOException e) {
            result.close();
            throw new PoroException("the files of the node cannot be read: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    private boolean isInTime() {
        return nanoTime.getAsLong() - begunAt < MOST_BEGIN_NANOS;
    }

    /** First of all: what it names is in the archive by then. */
    private void readConsensus(Path consensus) throws IOException {
        for (String name : List.of(ClusterFiles.RECORDINGS, ClusterFiles.VOTES)) {
            inMemory.put(CONSENSUS + name, Files.readAllBytes(consensus.resolve(name)));
        }
    }

    /** Since it was read, no term has begun, of which the cluster's log may have messages already. */
    private boolean isConsensusUnchanged(Path consensus) throws IOException {
        byte[] now = Files.readAllBytes(consensus.resolve(ClusterFiles.RECORDINGS));
        return Arrays.equals(now, inMemory.get(CONSENSUS + ClusterFiles.RECORDINGS));
    }

    private void forget() {
        store.close();
        store = null;
        inMemory.clear();
        inArchive.clear();
    }

    private void readArchive(Path consensus, long committed, NodeSnapshot state) throws IOException {
        long recording;
        Set<Long> snapshots = new TreeSet<>();
        try (RecordingLog log = new RecordingLog(consensus.toFile(), false)) {
            recording = log.findLastTermRecordingId();
            log.entries().stream()
                    .filter(entry -> entry.isValid && entry.type == RecordingLog.ENTRY_TYPE_SNAPSHOT)
                    .forEach(entry -> snapshots.add(entry.recordingId));
        }
        try (AeronArchive asked = purge.connect()) {
            byte[] catalog = Files.readAllBytes(archive.resolve(CATALOG));
            long end = asked.getRecordingPosition(recording);
            byte[] again = Files.readAllBytes(archive.resolve(CATALOG));
            while (!Arrays.equals(catalog, again)) {
                if (!isInTime()) {
                    throw new IOException("the catalog of the archive changes all the time");
                }
                catalog = again;
                end = asked.getRecordingPosition(recording);
                again = Files.readAllBytes(archive.resolve(CATALOG));
            }
            if (end <= committed) {
                throw new IOException("the cluster's log is not being recorded now. Try again");
            }
            inMemory.put(ARCHIVE + CATALOG, catalog);
            addRecording(recording, end);
            for (long snapshot : snapshots) {
                if (Files.exists(archive.resolve(snapshot + "-0" + SEGMENT_SUFFIX))) {
                    addRecording(snapshot, asked.getStopPosition(snapshot));
                }
            }
            JoinPoint point =
                    new JoinPoint(state.cluster(), committed, end, recording, state.sequence(), state.digest());
            inMemory.put(JoinPoint.NAME, point.encode());
        }
    }

    private void addRecording(long recording, long end) throws IOException {
        String prefix = recording + "-";
        try (DirectoryStream<Path> names = Files.newDirectoryStream(archive, prefix + "*" + SEGMENT_SUFFIX)) {
            for (Path file : names) {
                String name = file.getFileName().toString();
                long base = Long.parseLong(name.substring(prefix.length(), name.length() - SEGMENT_SUFFIX.length()));
                if (base < end) {
                    inArchive.put(ARCHIVE + name, Math.min(ClusterSettings.LOG_TERM_LENGTH, end - base));
                }
            }
        }
    }

    @Override
    public synchronized Map<String, Long> files() throws IOException {
        requireOpen();
        Map<String, Long> all = new LinkedHashMap<>();
        inMemory.forEach((name, bytes) -> all.put(name, (long) bytes.length));
        all.putAll(inArchive);
        store.files().forEach((name, length) -> all.put(STORE + name, length));
        return all;
    }

    @Override
    public synchronized byte[] read(String name, long offset, int length) throws IOException {
        requireOpen();
        if (offset < 0 || length < 0 || length > MAX_PIECE) {
            throw new IOException("a piece of " + length + " bytes at offset " + offset);
        }
        if (name.startsWith(STORE)) {
            return store.read(name.substring(STORE.length()), offset, length);
        }
        byte[] bytes = inMemory.get(name);
        if (bytes != null) {
            int from = (int) Math.min(offset, bytes.length);
            return Arrays.copyOfRange(bytes, from, from + Math.min(length, bytes.length - from));
        }
        Long end = inArchive.get(name);
        if (end == null) {
            throw new IOException("the node has no file '" + name + "' to copy");
        }
        int count = (int) Math.max(0, Math.min(length, end - offset)); // the offset may be any number
        return readArchived(archive.resolve(name.substring(ARCHIVE.length())), offset, count);
    }

    private static byte[] readArchived(Path file, long offset, int length) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (piece.hasRemaining()) {
                if (channel.read(piece, offset + piece.position()) < 0) {
                    throw new IOException(file + " ends before offset " + (offset + piece.limit()));
                }
            }
        }
        return piece.array();
    }

    private void requireOpen() throws IOException {
        if (isClosed) {
            throw new IOException("the node has closed the files" + reason);
        }
        usedAt = nanoTime.getAsLong();
    }

    /** Closes it if nothing was read for a minute, or after a day; returns whether it is closed. Any thread. */
    synchronized boolean closeIfIdle() {
        long now = nanoTime.getAsLong();
        if (!isClosed && now - usedAt > MOST_IDLE_NANOS) {
            reason = ", because none was read for a minute";
            close();
        } else if (!isClosed && now - begunAt > MOST_HELD_NANOS) {
            reason = ", because the copy has taken more than a day";
            close();
        }
        return isClosed;
    }

    /** What cannot be closed does not stop the node: at worst, it keeps files for longer than it needs them. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            if (store != null) {
                store.close();
            }
        } catch (RuntimeException e) {
            LOGGER.warn("files that another node has copied: {}", e.toString());
        } finally {
            purge.release();
        }
    }
}
