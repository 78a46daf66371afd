package dev.poro.engine;

import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.events.Limits;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.LogSettings;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.slf4j.Logger;

/** Settings for a store, see {@link Poro#at}. Not thread-safe. */
public final class PoroBuilder {
    /** The smallest memory budget, in bytes. */
    public static final long MIN_MEMORY = 1 << 20;

    /** The largest memory budget, in bytes. */
    public static final long MAX_MEMORY = StateMachine.MAX_MEMORY_BUDGET;

    /** The longest value, in bytes, unless {@link #maxValueLength} sets another limit. */
    public static final int DEFAULT_MAX_VALUE_LENGTH = Limits.DEFAULT_MAX_VALUE_LENGTH;

    /** Bytes of a file that one {@link Poro#forEachAt} may fill, unless {@link #spillLimit} sets another limit. */
    public static final long DEFAULT_SPILL_LIMIT = 256L << 20;

    private final Path path;
    private SyncPolicy syncPolicy = SyncPolicy.EVERYSEC;
    private RecoveryMode recoveryMode = RecoveryMode.TAIL;
    private Threading threading = Threading.forThisMachine();
    private WaitStrategy waitStrategy = WaitStrategy.BACKOFF;
    private long memory;
    private int segmentLength = LogSettings.DEFAULT_SEGMENT_LENGTH;
    private long snapshotAfter = LogSettings.DEFAULT_SNAPSHOT_AFTER;
    private Duration clockStepHold = LogSettings.DEFAULT_CLOCK_STEP_HOLD;
    /** {@code null} for the setting kept with the store. */
    private Retention retention;

    private Retention changes;

    private boolean releases = true;
    private int ringCapacity = EventRing.DEFAULT_CAPACITY;
    private int maxValueLength = DEFAULT_MAX_VALUE_LENGTH;
    private long spillLimit = DEFAULT_SPILL_LIMIT;
    private Progress progress = Progress.NONE;
    private long eventsPerMark = 1 << 20;
    /** {@code null} for a store of its own. */
    private Replicator replicator;

    private boolean adopts;
    private Duration spaceWait = Duration.ofSeconds(30);
    private HandlerRunnerFactory handlers;
    private LogOpener log;
    /** {@code null} for the usual one. */
    private Logger logger;

    private LongFunction<StateMachine> stateMachines = StateMachine::new;

    PoroBuilder(Path path) {
        this.path = Objects.requireNonNull(path, "path");
        this.log = (settings, replay, listener, failStop) ->
                WriteAheadLog.open(path, settings, replay, listener, failStop);
    }

    /** When a change is acknowledged; {@link SyncPolicy#EVERYSEC} by default. */
    public PoroBuilder sync(SyncPolicy policy) {
        this.syncPolicy = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /**
     * The memory budget in bytes, from 1 MiB to a little under 128 GiB. It covers entries and index. Address space is
     * reserved at once, physical memory is used only as needed. The budget is kept with the store: an opening without
     * this setting does not change it, and a new store gets a quarter of the machine's memory. While the disk is full,
     * an existing store keeps its budget.
     *
     * @throws IllegalArgumentException if out of these limits
     */
    public PoroBuilder memory(long bytes) {
        if (bytes < MIN_MEMORY || bytes > MAX_MEMORY) {
            throw new IllegalArgumentException(
                    "memory of " + bytes + " bytes: from " + MIN_MEMORY + " to " + MAX_MEMORY);
        }
        this.memory = bytes;
        return this;
    }

    /** Which threads run the handlers; by default {@link Threading#forThisMachine}. */
    public PoroBuilder threading(Threading mode) {
        this.threading = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /** How the threads of {@link Threading#DEDICATED} wait for events; {@link WaitStrategy#BACKOFF} by default. */
    public PoroBuilder waitStrategy(WaitStrategy strategy) {
        this.waitStrategy = Objects.requireNonNull(strategy, "strategy");
        return this;
    }

    /** What recovery may do to the log; {@link RecoveryMode#TAIL} by default. */
    public PoroBuilder recovery(RecoveryMode mode) {
        this.recoveryMode = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /**
     * The length of a log segment in bytes: a multiple of 4096 from 16 KiB to 1 GiB; 64 MiB by default. A log begins
     * with a segment of 4 MiB, or of what the longest value needs, if that is less.
     */
    public PoroBuilder segmentLength(int bytes) {
        this.segmentLength = bytes;
        return this;
    }

    /**
     * Log growth in bytes before the next snapshot; 256 MiB by default, 0 or more. A snapshot is taken only if the log
     * since the last one also exceeds the live data; or if there is a change log, and it has grown by four times as
     * much. With {@link Long#MAX_VALUE}, only {@link Poro#snapshot} takes snapshots.
     */
    public PoroBuilder snapshotAfter(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a snapshot after " + bytes + " bytes of log: 0 or more");
        }
        this.snapshotAfter = bytes;
        return this;
    }

    /**
     * How long the system's clock must be ahead of the log's before the log's follows it, and keys expire by it; 60 s
     * by default. A wrong reading that lasts less long expires nothing early. Zero to follow at once.
     */
    public PoroBuilder clockStepHold(Duration hold) {
        if (Objects.requireNonNull(hold, "hold").isNegative()) {
            throw new IllegalArgumentException("a clock step held for " + hold + ": zero or more");
        }
        this.clockStepHold = hold;
        return this;
    }

    /** The number of slots of the event ring: a power of two of at most 65,536; 1,024 by default. */
    public PoroBuilder ringCapacity(int slots) {
        EventRing.requireValidCapacity(slots);
        this.ringCapacity = slots;
        return this;
    }

    /** The longest value in bytes: up to 16 MiB; 1 MiB by default. Key and value must also fit into a segment. */
    public PoroBuilder maxValueLength(int bytes) {
        if (bytes < 0 || bytes > Limits.MAX_VALUE_LENGTH) {
            throw new IllegalArgumentException(
                    "value length of " + bytes + " bytes: from 0 to " + Limits.MAX_VALUE_LENGTH);
        }
        this.maxValueLength = bytes;
        return this;
    }

    /**
     * Bytes of a temporary file that one {@link Poro#forEachAt} may fill with entries that change before its visitor
     * has seen them; 256 MiB by default, 0 or more. The file lies in the directory of the log, without a name, and is
     * gone when the call ends, or the process.
     */
    public PoroBuilder spillLimit(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("spill limit of " + bytes + " bytes: 0 or more");
        }
        this.spillLimit = bytes;
        return this;
    }

    /**
     * How much history is kept beyond what opening needs. Segments that are no longer needed are deleted after a
     * snapshot, and when the store is opened. The setting is kept with the store: an opening without it does not change
     * it, and a new store has {@link Retention#NONE}.
     */
    public PoroBuilder retain(Retention history) {
        this.retention = Objects.requireNonNull(history, "history");
        return this;
    }

    /**
     * Keeps a log of changes: what each event did to which key, for {@link Poro#changes}. It costs writes of its own.
     * The setting is kept with the store: an opening without it does not change it, and a new store has
     * {@link Retention#NONE}, which deletes what there is.
     *
     * @param kept how much of it is kept, at least
     */
    public PoroBuilder changes(Retention kept) {
        this.changes = Objects.requireNonNull(kept, "kept");
        return this;
    }

    /** Called with the progress of the replay of the log. */
    public PoroBuilder progress(Progress listener) {
        this.progress = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * Lets {@link #openReplica} take a log that has events and belongs to no cluster, which is its contents then. All
     * replicas must begin with copies of the same backup. From then on the log is that of a replica.
     */
    public PoroBuilder adoptIntoCluster() {
        this.adopts = true;
        return this;
    }

    /** How long a message of the cluster waits for space in the log before the replica stops; for tests. */
    PoroBuilder spaceWait(Duration wait) {
        this.spaceWait = wait;
        return this;
    }

    /** How often a digest mark goes into the log; for tests. */
    PoroBuilder eventsPerMark(long events) {
        this.eventsPerMark = events;
        return this;
    }

    /**
     * Deletes no segment and no snapshot while the store is open, whatever the retention. For tools that open a store
     * briefly.
     */
    public PoroBuilder keepAllFiles() {
        this.releases = false;
        return this;
    }

    /** A budget below {@link #MIN_MEMORY}; for tests. */
    PoroBuilder smallMemory(long bytes) {
        this.memory = bytes;
        return this;
    }

    /** What runs the handlers, instead of {@link #threading}; for simulations. */
    PoroBuilder handlers(HandlerRunnerFactory factory) {
        this.handlers = factory;
        return this;
    }

    /** Opens the log, instead of the directory at the path; for simulations. */
    PoroBuilder log(LogOpener opener) {
        this.log = opener;
        return this;
    }

    /** Creates the state machine, given the bytes to reserve; for tests. */
    PoroBuilder stateMachines(LongFunction<StateMachine> made) {
        this.stateMachines = made;
        return this;
    }

    /** The logger of the monitor, instead of SLF4J's; for tests. */
    PoroBuilder logger(Logger operator) {
        this.logger = operator;
        return this;
    }

    Logger logger() {
        return logger;
    }

    HandlerRunnerFactory handlers() {
        if (handlers != null) {
            return handlers;
        }
        return threading == Threading.DEDICATED
                ? new DedicatedRunner.Factory(waitStrategy)
                : new CallerRunner.Factory(syncPolicy);
    }

    long eventsPerMark() {
        return eventsPerMark;
    }

    SyncPolicy syncPolicy() {
        return syncPolicy;
    }

    Path path() {
        return path;
    }

    int ringCapacity() {
        return ringCapacity;
    }

    long spillLimit() {
        return spillLimit;
    }

    int maxValueLength() {
        return maxValueLength;
    }

    LogSettings logSettings() {
        LogSettings settings = new LogSettings(syncPolicy.ofLog(), recoveryMode.ofLog(), segmentLength)
                .maxValueLength(maxValueLength)
                .snapshotAfter(snapshotAfter)
                .clockStepHold(clockStepHold)
                .retain(retention == null ? null : retention.ofLog())
                .keepChanges(changes == null ? null : changes.ofLog());
        settings = replicator == null ? settings : settings.replica(adopts, spaceWait);
        return releases ? settings : settings.releaseNothing();
    }

    Replicator replicator() {
        return replicator;
    }

    /** Bytes of the longest record: it fits into a segment and, in a replica, into a message. */
    int maxRecordLength() {
        int ofLog = logSettings().maxRecordLength();
        return replicator == null ? ofLog : Math.min(ofLog, replicator.maxMessageLength());
    }

    /**
     * Opens the store: takes the lock, reads the log, cuts off an unforced tail, and fsyncs what was read.
     *
     * @throws StoreLockedException if the store is open elsewhere, in this process or another one
     * @throws StoreDamagedException if the log is damaged; no file was changed
     * @throws PoroException if the path is unusable, or the disk fails or is full
     */
    public Poro open() {
        replicator = null;
        return openStore();
    }

    /**
     * {@link #open Opens} the store as a replica, whose changes a cluster orders. Its clock is that of the cluster:
     * {@link #clockStepHold} has no effect. Its {@link #memory memory budget} is sent by the leader alone, see
     * {@link Replica#adoptMemoryBudget}.
     *
     * @param cluster takes the changes, once the replica {@linkplain Replica#begin has begun}
     * @throws IllegalArgumentException if the ring has less than {@link Replica#MAX_MESSAGE_RECORDS} slots
     * @throws PoroException as {@link #open} does; also if the log has events and belongs to no cluster, and
     *     {@link #adoptIntoCluster} was not called
     */
    public Replica openReplica(Replicator cluster) {
        replicator = Objects.requireNonNull(cluster, "cluster");
        if (ringCapacity < Replica.MAX_MESSAGE_RECORDS) {
            throw new IllegalArgumentException("a ring of " + ringCapacity + " slots has no room for a message: "
                    + Replica.MAX_MESSAGE_RECORDS + " or more");
        }
        return openStore().newReplica(memory, adopts);
    }

    private Poro openStore() {
        LogSettings settings = logSettings();
        long began = System.nanoTime();
        StateMachine stateMachine = reserve(memory);
        // An interrupt would close the channels that the log is read through.
        boolean interrupted = Thread.interrupted();
        try {
            FailStop failStop = new FailStop();
            WriteAheadLog opened = log.open(settings, new Replay(stateMachine), new LogProgress(progress), failStop);
            Poro poro = Poro.start(this, opened, stateMachine, failStop, budgetOf(stateMachine, opened));
            poro.startMonitor(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            return poro;
        } catch (IOException | LogException | OutOfMemoryError e) {
            long sequence = stateMachine.appliedSequence();
            stateMachine.close();
            throw PoroException.stopped(path, "opening", sequence, e, "Fix the cause and open the store again.");
        } catch (RuntimeException | Error e) {
            stateMachine.close();
            throw e;
        } finally {
            Backoff.restoreInterrupt(interrupted);
        }
    }

    /** The budget of the settings, or else that of the log, or else the default. */
    private long budgetOf(StateMachine replayed, WriteAheadLog opened) throws IOException {
        if (memory > 0 || replayed.memoryBudget() > 0) {
            return memory > 0 ? memory : replayed.memoryBudget();
        }
        try {
            reserve(defaultMemory()).close();
            return defaultMemory();
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** The memory budget in bytes of a new store, if none is set: a quarter of the machine's memory. */
    public static long defaultMemory() {
        return Math.min(MachineMemory.ofMachine() / 4, MAX_MEMORY);
    }

    /**
     * Reserves memory before the budget is logged: a budget that this machine cannot reserve must not get into the log.
     */
    private StateMachine reserve(long budget) {
        try {
            return stateMachines.apply(budget);
        } catch (OutOfMemoryError e) {
            String remedy = "Open the store with a smaller memory budget than " + budget + " bytes.";
            throw PoroException.stopped(path, "opening", 0, e, remedy);
        }
    }
}
