package dev.poro.cluster;

import io.aeron.Aeron;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.cluster.RecordingLog;
import io.aeron.exceptions.TimeoutException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what a node's copy of the cluster's log takes: all segments that no node needs, and the snapshots before.
 * This node needs what is after the older of its two newest snapshots. A node that was away needs what it has missed,
 * if it is not too much: one that was away for longer joins anew.
 *
 * <p>{@link #run} belongs to the thread of the {@link Keeper}.
 */
final class LogPurge {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterNode.class);

    private final Path consensus;
    private final Aeron aeron;
    private final AeronArchive.Context archiveSettings;

    /** Recordings of snapshots. */
    private final Set<Long> gone = new HashSet<>();

    /** How many copies are being made of what there is. */
    private int holders;

    /** @param archiveSettings of the archive of this node */
    LogPurge(Path consensus, Aeron aeron, AeronArchive.Context archiveSettings) {
        this.consensus = consensus;
        this.aeron = aeron;
        this.archiveSettings = archiveSettings;
    }

    /** A client of the archive of this node. Any thread. */
    AeronArchive connect() {
        return AeronArchive.connect(archiveSettings.clone().aeron(aeron).ownsAeronClient(false));
    }

    /** Nothing is given back until {@link #release}; waits for a run that has begun. Any thread. */
    synchronized void hold() {
        holders++;
    }

    /** Ends what {@link #hold} began. Any thread. */
    synchronized void release() {
        holders--;
    }

    /**
     * Returns how many segments and recordings were given back. What cannot be given back now, as while another node
     * reads it, is when the next snapshot has come.
     *
     * @param neededByOthers the position from which on the other nodes may need the cluster's log
     */
    synchronized long run(long neededByOthers) {
        if (holders > 0) {
            return 0;
        }
        List<RecordingLog.Entry> snapshots;
        long recording;
        try (RecordingLog log = new RecordingLog(consensus.toFile(), false)) {
            snapshots = log.entries().stream()
                    .filter(entry -> entry.isValid && entry.type == RecordingLog.ENTRY_TYPE_SNAPSHOT)
                    .toList();
            recording = log.findLastTermRecordingId();
        }
        long[] newest = snapshots.stream()
                .mapToLong(entry -> entry.logPosition)
                .distinct()
                .sorted()
                .toArray();
        if (newest.length < 2) {
            return 0;
        }
        long needed = newest[newest.length - 2];
        try (AeronArchive archive = connect()) {
            return purgeSnapshots(archive, snapshots, needed)
                    + purgeLog(archive, recording, Math.min(needed, neededByOthers));
        } catch (ArchiveException | TimeoutException e) {
            LOGGER.debug("the cluster's log below position {} is still in use", needed, e);
            return 0;
        }
    }

    private long purgeSnapshots(AeronArchive archive, List<RecordingLog.Entry> snapshots, long needed) {
        long purged = 0;
        for (RecordingLog.Entry entry : snapshots) {
            if (entry.logPosition < needed && gone.add(entry.recordingId)) {
                try {
                    purged += archive.purgeRecording(entry.recordingId);
                } catch (ArchiveException e) {
                    if (e.errorCode() != ArchiveException.UNKNOWN_RECORDING) {
                        throw e;
                    }
                    // A process before this one has done it.
                }
            }
        }
        return purged;
    }

    private static long purgeLog(AeronArchive archive, long recording, long needed) {
        long start = archive.getStartPosition(recording);
        if (needed <= start) {
            return 0;
        }
        long newStart = AeronArchive.segmentFileBasePosition(
                start, needed, ClusterSettings.LOG_TERM_LENGTH, ClusterSettings.LOG_TERM_LENGTH);
        return newStart > start ? archive.purgeSegments(recording, newStart) : 0;
    }
}
