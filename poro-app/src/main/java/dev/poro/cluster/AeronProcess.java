package dev.poro.cluster;

import dev.poro.engine.PoroException;
import io.aeron.Aeron;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.driver.status.SystemCounterDescriptor;
import io.aeron.exceptions.AeronException;
import io.aeron.exceptions.StorageSpaceException;
import io.aeron.security.AuthorisationService;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.SemanticVersion;
import org.agrona.concurrent.NoOpLock;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.status.AtomicCounter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node runs of Aeron, in this process: the media driver, the archive, the consensus module and the container of
 * the service, a thread each. If one of them ends by itself, or the disk of the archive is full, the node has failed:
 * the others would go on without it, and a leader would still say that it leads.
 */
final class AeronProcess implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterNode.class);

    /** Of the messages; nodes whose first number differs do not work together. */
    private static final int APP_VERSION = SemanticVersion.compose(1, 0, 0);

    private static final String LOCAL_CHANNEL = "aeron:ipc?term-length=64k";

    private final MediaDriver driver;
    private final Archive archive;
    private final ConsensusModule consensusModule;
    private final ClusteredServiceContainer container;
    private final Aeron client;
    private final LogPurge purge;

    private AeronProcess(
            MediaDriver driver,
            Archive archive,
            ConsensusModule consensusModule,
            ClusteredServiceContainer container,
            Aeron client,
            LogPurge purge) {
        this.driver = driver;
        this.archive = archive;
        this.consensusModule = consensusModule;
        this.container = container;
        this.client = client;
        this.purge = purge;
    }

    /**
     * Starts all parts.
     *
     * @param storePosition of the last message that the store has; negative if it has none
     */
    static AeronProcess start(
            ClusterSettings settings, NodeClock clock, NodeService service, NodeFailure failure, long storePosition) {
        return new Contexts(settings, clock, service, failure).launch(storePosition);
    }

    /** For the node's own messages. */
    Aeron client() {
        return client;
    }

    /** Of the node's copy of the cluster's log. */
    LogPurge purge() {
        return purge;
    }

    @Override
    public void close() {
        CloseHelper.closeAll(AeronProcess::ignore, client, container, consensusModule, archive, driver);
    }

    private static void ignore(Throwable error) {
        LOGGER.debug("while the node was closed", error);
    }

    /** All settings. */
    private static final class Contexts {
        private final ClusterSettings settings;
        private final NodeClock clock;
        private final NodeService service;
        private final NodeFailure failure;
        private final ClusterFiles files;
        private final String aeronDirectory;
        private final ErrorHandler errors;
        private final FailedJoins failedJoins = new FailedJoins();
        private final FragmentChecksum checksum = new FragmentChecksum();

        /** What a part that ends has said before; {@code null} if nothing. */
        private volatile Throwable lastError;

        Contexts(ClusterSettings settings, NodeClock clock, NodeService service, NodeFailure failure) {
            this.settings = settings;
            this.clock = clock;
            this.service = service;
            this.failure = failure;
            this.files = new ClusterFiles(settings.directory());
            this.aeronDirectory = files.driver().toString();
            this.errors = this::onError;
        }

        AeronProcess launch(long storePosition) {
            files.prepare();
            MediaDriver driver = null;
            Archive archive = null;
            ConsensusModule consensusModule = null;
            ClusteredServiceContainer container = null;
            try {
                MediaDriver.Context driverSettings = driver();
                driver = MediaDriver.launch(driverSettings);
                files.hide(Path.of(aeronDirectory));
                archive = launchArchive(
                        new AtomicCounter(driverSettings.countersValuesBuffer(), SystemCounterDescriptor.ERRORS.id()));
                OwnLog.requireReaches(storePosition, files, localArchive());
                consensusModule = ConsensusModule.launch(consensusModule());
                container = ClusteredServiceContainer.launch(container());
                Aeron client = Aeron.connect(client());
                LogPurge purge = new LogPurge(files.consensus(), client, localArchive());
                return new AeronProcess(driver, archive, consensusModule, container, client, purge);
            } catch (RuntimeException | Error e) {
                failure.close();
                CloseHelper.quietCloseAll(container, consensusModule, archive, driver);
                IOException cause = e instanceof PoroException ? null : ioExceptionOf(e);
                if (cause == null || cause instanceof SocketException) {
                    throw e;
                }
                throw new PoroException(
                        settings.directory() + ": the cluster's files could not be opened: " + cause.getMessage()
                                + ". If the disk is full, make room and start this node again; the others go on",
                        e);
            }
        }

        /**
         * Where the log of a killed process ends, the archive finds out when it starts. It cannot if the last fragment
         * is in two of the pieces that it reads; then another one does that first, which reads all at once.
         */
        private Archive launchArchive(AtomicCounter errorCounter) {
            boolean isToReadAll = false;
            while (true) {
                Archive.Context context = archive().errorCounter(errorCounter);
                try {
                    if (!isToReadAll) {
                        return launch(context);
                    }
                    context.fileIoMaxLength(ClusterSettings.LOG_TERM_LENGTH)
                            .threadFactory(Thread::new); // its end is not that of the node
                    launch(context).close();
                    isToReadAll = false;
                } catch (FragmentChecksum.NotInMemoryException e) {
                    LOGGER.debug("node {}", settings.node(), e);
                    if (isToReadAll) {
                        throw damaged(e); // a frame that is longer than its file
                    }
                    isToReadAll = true;
                } catch (ArchiveException e) {
                    cutOff(e);
                }
                files.prepareArchive();
            }
        }

        private Archive launch(Archive.Context context) {
            return checksum.searching(context.fileIoMaxLength(), () -> Archive.launch(context));
        }

        /** A message that a kill or a power cut has cut off was confirmed to nobody. */
        private void cutOff(ArchiveException e) {
            if (!String.valueOf(e.getMessage()).contains("incomplete last fragment")) {
                throw e;
            }
            LOGGER.debug("node {}", settings.node(), e);
            OwnLog.cutOffLastFragment(OwnLog.fileNamedBy(e));
            LOGGER.warn(
                    "{}: the last message of this node's copy of the cluster's log was cut off while it was written,"
                            + " and is left out",
                    files.archive());
        }

        private MediaDriver.Context driver() {
            return new MediaDriver.Context()
                    .aeronDirectoryName(aeronDirectory)
                    .dirDeleteOnStart(true)
                    .dirDeleteOnShutdown(true)
                    .warnIfDirectoryExists(false)
                    .threadingMode(ThreadingMode.SHARED)
                    .sharedThreadFactory(daemon("driver", "the media driver"))
                    .sharedIdleStrategy(ClusterSettings.newIdleStrategy())
                    .asyncExecutorIdleStrategy(new SleepingMillisIdleStrategy(ClusterSettings.EXECUTOR_SLEEP_MILLIS))
                    .mtuLength(settings.packetLength())
                    .termBufferSparseFile(true)
                    .driverTimeoutMs(ClusterSettings.LIVENESS_TIMEOUT_NANOS / 1_000_000)
                    .clientLivenessTimeoutNs(ClusterSettings.LIVENESS_TIMEOUT_NANOS)
                    .publicationUnblockTimeoutNs(ClusterSettings.LIVENESS_TIMEOUT_NANOS * 5 / 4)
                    .receiverWildcardPortRange(settings.self().anyPorts())
                    .errorHandler(errors)
                    .terminationHook(() -> onEnd("the media driver"));
        }

        private Archive.Context archive() {
            return new Archive.Context()
                    .aeronDirectoryName(aeronDirectory)
                    .archiveDir(files.archive().toFile())
                    .markFileDir(files.driver().toFile())
                    .threadingMode(ArchiveThreadingMode.SHARED)
                    .threadFactory(daemon("archive", "the archive"))
                    .idleStrategySupplier(ClusterSettings::newIdleStrategy)
                    .controlChannel("aeron:udp?term-length=64k|endpoint="
                            + settings.self().archive())
                    .localControlChannel(LOCAL_CHANNEL)
                    .replicationChannel(anyChannel())
                    .archiveClientContext(new AeronArchive.Context().controlResponseChannel(anyChannel()))
                    .recordingEventsEnabled(false)
                    .segmentFileLength(ClusterSettings.LOG_TERM_LENGTH)
                    .recordChecksum(checksum)
                    .replayChecksum(checksum)
                    .fileSyncLevel(settings.fileSyncLevel())
                    .catalogFileSyncLevel(settings.fileSyncLevel())
                    .errorHandler(this::onErrorOfArchive);
        }

        private String anyChannel() {
            return "aeron:udp?endpoint=" + settings.self().anyEndpoint();
        }

        private AeronArchive.Context localArchive() {
            return new AeronArchive.Context()
                    .aeronDirectoryName(aeronDirectory)
                    .lock(NoOpLock.INSTANCE)
                    .controlRequestChannel(LOCAL_CHANNEL)
                    .controlResponseChannel(LOCAL_CHANNEL);
        }

        private ConsensusModule.Context consensusModule() {
            return new ConsensusModule.Context()
                    .aeronDirectoryName(aeronDirectory)
                    .clusterMemberId(settings.node())
                    .clusterMembers(settings.members().endpoints())
                    .clusterDir(files.consensus().toFile())
                    .markFileDir(files.driver().toFile())
                    .archiveContext(localArchive())
                    .ingressChannel(settings.ingressChannel())
                    .logChannel(settings.logChannel())
                    .replicationChannel(anyChannel())
                    .leaderHeartbeatTimeoutNs(ClusterSettings.HEARTBEAT_TIMEOUT_NANOS)
                    .leaderHeartbeatIntervalNs(ClusterSettings.HEARTBEAT_INTERVAL_NANOS)
                    .electionTimeoutNs(ClusterSettings.ELECTION_TIMEOUT_NANOS)
                    .electionStatusIntervalNs(ClusterSettings.ELECTION_STATUS_INTERVAL_NANOS)
                    .startupCanvassTimeoutNs(ClusterSettings.CANVASS_TIMEOUT_NANOS)
                    .maxConcurrentSessions(ClusterSettings.MAX_SESSIONS)
                    .fileSyncLevel(ClusterSettings.VOTES_SYNC_LEVEL)
                    .clusterClock(clock)
                    .appVersion(APP_VERSION)
                    .authorisationServiceSupplier(() -> AuthorisationService.DENY_ALL)
                    .threadFactory(daemon("consensus", "the consensus module"))
                    .idleStrategySupplier(ClusterSettings::newIdleStrategy)
                    .errorHandler(errors)
                    .terminationHook(() -> onEnd("the consensus module"));
        }

        private ClusteredServiceContainer.Context container() {
            return new ClusteredServiceContainer.Context()
                    .aeronDirectoryName(aeronDirectory)
                    .clusterDir(files.consensus().toFile())
                    .markFileDir(files.driver().toFile())
                    .archiveContext(localArchive())
                    .clusteredService(service)
                    .isRespondingService(false)
                    .appVersion(APP_VERSION)
                    .threadFactory(daemon("service", "the service"))
                    .idleStrategySupplier(ClusterSettings::newIdleStrategy)
                    .errorHandler(errors)
                    .terminationHook(() -> onEnd("the service"));
        }

        private Aeron.Context client() {
            return new Aeron.Context()
                    .aeronDirectoryName(aeronDirectory)
                    .threadFactory(daemon("aeron-client", "the client of the media driver"))
                    .clientName("poro-" + settings.node())
                    .errorHandler(errors);
        }

        /**
         * Each part is one thread. It also ends without its termination hook: by an error while it starts, or one of
         * the JVM, as when a file that is mapped cannot be written.
         */
        private ThreadFactory daemon(String name, String part) {
            AtomicInteger count = new AtomicInteger();
            return task -> {
                Thread thread = new Thread(
                        () -> {
                            try {
                                task.run();
                            } catch (RuntimeException | Error e) {
                                lastError = e;
                                LOGGER.debug("node {}", settings.node(), e);
                            } finally {
                                onEnd(part);
                            }
                        },
                        "poro-cluster-" + name + "-" + count.incrementAndGet());
                thread.setDaemon(true);
                return thread;
            };
        }

        private void onEnd(String part) {
            Throwable why = lastError;
            String cause = why == null ? "" : ": " + (why.getMessage() == null ? why : why.getMessage());
            if (why instanceof InternalError) {
                cause += ". A mapped file could not be written: see whether there is space in " + settings.directory()
                        + " and in " + aeronDirectory;
            }
            failure.stop(new ClusterEndedException(part + " of node " + settings.node() + " has ended" + cause, why));
        }

        /** The archive would end a recording and go on: the node would confirm nothing any more, or still lead. */
        private void onErrorOfArchive(Throwable error) {
            IOException cause = ioExceptionOf(error);
            if (cause == null && isOfDamage(error)) {
                failure.stop(damaged(error));
            } else if (cause == null) {
                onError(error);
            } else {
                failure.stop(new PoroException(
                        files.archive() + ": the cluster's log could not be written: " + cause.getMessage()
                                + ". If the disk is full, make room and start this node again; the others go on",
                        error));
            }
        }

        private PoroException damaged(Throwable error) {
            return new PoroException(
                    files.archive() + ": this node's copy of the cluster's log is damaged: " + error.getMessage() + ". "
                            + Remedy.JOIN,
                    error);
        }

        /** Aeron would try to read it again, for ever. */
        private static boolean isOfDamage(Throwable error) {
            String message = String.valueOf(error.getMessage());
            return error instanceof FragmentChecksum.NotInMemoryException
                    || (error instanceof ArchiveException
                            && (message.contains("CRC checksum mismatch")
                                    || message.contains("unexpected end of recording")));
        }

        private static IOException ioExceptionOf(Throwable error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (cause instanceof IOException found) {
                    return found;
                }
            }
            return null;
        }

        private void onError(Throwable error) {
            if (isOfStorage(error)) {
                failure.stop(new PoroException(
                        settings.directory() + ": no space for the cluster's files: " + error.getMessage()
                                + ". Make room and start this node again; the others go on",
                        error));
            } else if (error instanceof AeronException known && known.category() == AeronException.Category.WARN) {
                LOGGER.debug("node {}", settings.node(), error);
                if (failedJoins.isToBeTold(error, service.position())) {
                    LOGGER.warn(
                            "node {} gets nothing of the cluster's log after position {}, again and again. If the other"
                                    + " nodes are reached, the leader no longer has it: this node was away for too"
                                    + " long. {}",
                            settings.node(),
                            service.position(),
                            Remedy.JOIN);
                }
            } else {
                lastError = error;
                LOGGER.warn("node {}: {}", settings.node(), error.toString());
                LOGGER.debug("node {}", settings.node(), error);
            }
        }

        private static boolean isOfStorage(Throwable error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (cause instanceof ArchiveException archive
                        && archive.errorCode() == ArchiveException.STORAGE_SPACE) {
                    return true;
                }
            }
            return StorageSpaceException.isStorageSpaceError(error);
        }
    }
}
