package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import java.io.IOException;
import java.util.List;

/**
 * What opening must know of the logs of replicas: whether a log is one, and where in the log of its cluster it ends.
 * Writes nothing.
 */
final class ReplicaLogs {
    private static final String REMEDY = " Nothing was changed.";

    private ReplicaLogs() {}

    /**
     * A log stays what it is: that of a replica, or that of a store of its own.
     *
     * @param segments the last ones of the log, or all of them
     * @throws LogException if the settings say otherwise; that is not damage
     */
    static void requireOpenable(Storage storage, Segments segments, LogSettings settings) {
        boolean isReplica = false;
        boolean isInUse = false;
        for (Segments.Segment segment : segments.list()) {
            SegmentHeader header = segment.header();
            boolean isUsed = header != null && header.start != SegmentHeader.Start.UNUSED;
            isReplica |= isUsed && isOfReplica(header);
            isInUse |= isUsed;
        }
        if (isReplica && !settings.isReplica()) {
            throw new LogException(
                    storage.describe("") + ": this is the log of a replica, whose changes a cluster orders."
                            + " Start it as a node of its cluster, or restore a copy of it with 'poro restore', which"
                            + " is a store of its own." + REMEDY);
        }
        if (isInUse && !isReplica && settings.isReplica() && !settings.adopts()) {
            throw new LogException(storage.describe("") + ": this log is not that of a replica. To begin a cluster with"
                    + " its contents, start all nodes from copies of the same backup and adopt it explicitly; otherwise"
                    + " name an empty directory." + REMEDY);
        }
    }

    private static boolean isOfReplica(SegmentHeader header) {
        return header.version == SegmentDescriptor.REPLICA_VERSION;
    }

    /**
     * Where the log ends in that of its cluster. Every frame has the position, but those before the first message. If a
     * snapshot covers all frames that opening reads, the segments before have it.
     *
     * @param reader has read the log
     * @throws LogException if no frame is left that says it
     */
    static ClusterPosition lastPosition(Storage storage, LogReader reader) throws IOException {
        if (reader.hasFrames()) {
            return reader.lastPosition();
        }
        List<Segments.Segment> segments = Segments.read(storage).list();
        for (int i = segments.size() - 1; i >= 0; i--) {
            SegmentHeader header = segments.get(i).header();
            if (header == null || header.start != SegmentHeader.Start.STARTED) {
                continue;
            }
            if (!isOfReplica(header)) {
                return ClusterPosition.NONE;
            }
            ClusterPosition last = lastPositionIn(storage, segments.get(i));
            if (last != null) {
                return last;
            }
        }
        if (reader.lastSequence() == 0) {
            return ClusterPosition.NONE;
        }
        throw new LogException(storage.describe("") + ": no frame is left that says where this log ends in that of the"
                + " cluster. Replace it with a copy of another node (poro-app/README.md, 'A node that is lost')."
                + REMEDY);
    }

    /** Returns {@code null} if there is no frame. */
    private static ClusterPosition lastPositionIn(Storage storage, Segments.Segment segment) throws IOException {
        ClusterPosition last = null;
        try (FrameReader frames = new FrameReader(storage.openReadOnly(segment.name()), segment.header())) {
            while (frames.next()) {
                last = frames.clusterPosition();
            }
        }
        return last;
    }
}
