package dev.poro.cluster;

import io.aeron.Aeron;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.RecordingLog;
import io.aeron.exceptions.TimeoutException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what a node's copy of the cluster's log takes: all segments that are below the older of the two newest
 * snapshots. The node needs none of them to start again. A node that was away for longer needs a copy of another one.
 *
 * <p>Belongs to the thread of the {@link Keeper}.
 */
final class LogPurge {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterNode.class);

    private final Path consensus;
    private final Aeron aeron;
    private final AeronArchive.Context archiveSettings;

    /** @param archiveSettings of the archive of this node */
    LogPurge(Path consensus, Aeron aeron, AeronArchive.Context archiveSettings) {
        this.consensus = consensus;
        this.aeron = aeron;
        this.archiveSettings = archiveSettings;
    }

    /** Returns how many segments were given back. If it cannot be done now, as while another node reads them, 0. */
    long run() {
        long recording;
        long needed;
        try (RecordingLog log = new RecordingLog(consensus.toFile(), false)) {
            List<RecordingLog.Entry> snapshots = log.entries().stream()
                    .filter(entry -> entry.isValid
                            && entry.type == RecordingLog.ENTRY_TYPE_SNAPSHOT
                            && entry.serviceId == ConsensusModule.Configuration.SERVICE_ID)
                    .sorted(Comparator.comparingLong((RecordingLog.Entry entry) -> entry.logPosition)
                            .reversed())
                    .toList();
            if (snapshots.size() < 2) {
                return 0;
            }
            needed = snapshots.get(1).logPosition;
            recording = log.findLastTermRecordingId();
        }
        try (AeronArchive archive =
                AeronArchive.connect(archiveSettings.clone().aeron(aeron).ownsAeronClient(false))) {
            long start = archive.getStartPosition(recording);
            long newStart = AeronArchive.segmentFileBasePosition(
                    start, needed, ClusterSettings.LOG_TERM_LENGTH, ClusterSettings.LOG_TERM_LENGTH);
            return newStart > start ? archive.purgeSegments(recording, newStart) : 0;
        } catch (ArchiveException | TimeoutException e) {
            LOGGER.debug("the cluster's log below position {} is still in use", needed, e);
            return 0;
        }
    }
}
