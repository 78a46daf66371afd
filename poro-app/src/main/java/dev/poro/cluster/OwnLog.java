package dev.poro.cluster;

import dev.poro.engine.PoroException;
import io.aeron.Aeron;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.cluster.RecordingLog;
import io.aeron.logbuffer.FrameDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.BitUtil;

/** The node's own copy of the cluster's log, before the node takes part in anything. */
final class OwnLog {
    private static final String FILE = "in file: ";
    private static final int PIECE = 256 << 10;

    /** In place of the end of a recording. */
    private static final long UNKNOWN = Long.MAX_VALUE;

    private OwnLog() {}

    /**
     * The archive has a message before the store has it. If it ends before the store does, it was longer: the node has
     * said that it has what it has no more. Others may count on that, so it must not vote. After its end, it is empty
     * then.
     *
     * @param position of the store; negative if it has no message
     * @param archiveSettings of the archive of this node, which runs
     * @throws PoroException if the archive ends before the position
     */
    static void requireReaches(long position, ClusterFiles files, AeronArchive.Context archiveSettings) {
        if (!files.exist()) {
            return;
        }
        long recording;
        try (RecordingLog log = new RecordingLog(files.consensus().toFile(), false)) {
            recording = log.findLastTermRecordingId();
        }
        long end = recording == Aeron.NULL_VALUE ? 0 : end(recording, archiveSettings);
        if (end < position) {
            throw new PoroException(
                    files.archive() + ": this node's copy of the cluster's log ends at position " + end
                            + ", and its store has a message at position " + position + ". The node has lost what it"
                            + " had confirmed, as by a power cut, or its cluster files are an older copy. Its vote"
                            + " could make the others lose it, too. " + Remedy.JOIN,
                    null);
        }
        if (recording != Aeron.NULL_VALUE && end != UNKNOWN) {
            clearAfter(files.archive(), recording, end);
        }
    }

    private static long end(long recording, AeronArchive.Context archiveSettings) {
        try (AeronArchive archive = AeronArchive.connect(archiveSettings)) {
            return archive.getStopPosition(recording);
        } catch (ArchiveException e) {
            if (e.errorCode() == ArchiveException.UNKNOWN_RECORDING) {
                return UNKNOWN; // the consensus module says so when it starts, and ends
            }
            throw e;
        }
    }

    /**
     * Overwrites with zeros what a segment has after the end of the log. A power cut may leave a hole, and messages
     * behind it, which were confirmed to nobody. They are of the past; once the log has grown up to one of them, and
     * the process is killed, they would count as what comes next.
     */
    static void clearAfter(Path archive, long recording, long end) {
        long base = end - end % ClusterSettings.LOG_TERM_LENGTH;
        Path segment = archive.resolve(recording + "-" + base + ".rec");
        if (!Files.exists(segment)) {
            return;
        }
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer piece = ByteBuffer.allocate(PIECE);
            boolean isChanged = false;
            for (long at = end - base; file.read(piece.clear(), at) > 0; at += piece.limit()) {
                // Only where there is something: holes take no room, and the disk may be full.
                if (!piece.flip().equals(ByteBuffer.allocate(piece.limit()))) {
                    file.write(ByteBuffer.allocate(piece.limit()), at);
                    isChanged = true;
                }
            }
            if (isChanged) {
                file.force(false);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(segment + ": " + e.getMessage(), e);
        }
    }

    /** The file that the archive says it cannot start with. */
    static Path fileNamedBy(ArchiveException error) {
        String message = error.getMessage();
        int begin = message.indexOf(FILE) + FILE.length();
        int end = message.indexOf('\n', begin);
        return Path.of(message.substring(begin, end < 0 ? message.length() : end));
    }

    /**
     * Overwrites the last fragment of a file with zeros: it is a part of a message that was not written to its end, so
     * nobody was told that it is there.
     */
    static void cutOffLastFragment(Path segment) {
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer header = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            long last = 0;
            int length = 0;
            for (long at = 0; file.read(header.clear(), at) == Integer.BYTES && header.getInt(0) > 0; at += length) {
                last = at;
                length = BitUtil.align(header.getInt(0), FrameDescriptor.FRAME_ALIGNMENT);
            }
            file.write(ByteBuffer.allocate(length), last);
            file.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(segment + ": " + e.getMessage(), e);
        }
    }
}
