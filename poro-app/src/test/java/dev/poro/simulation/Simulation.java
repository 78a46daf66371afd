package dev.poro.simulation;

import dev.poro.cli.ToolRun;
import dev.poro.engine.EventTooLargeException;
import dev.poro.engine.LogFullException;
import dev.poro.engine.MemoryBudgetExceededException;
import dev.poro.engine.Pipeline;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.RecordedRing;
import dev.poro.engine.RecoveryMode;
import dev.poro.engine.Retention;
import dev.poro.engine.SteppedStore;
import dev.poro.engine.StopMessages;
import dev.poro.engine.StoreDamagedException;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.StoreLockedException;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.simulation.SimulationPlan.Settings;
import dev.poro.simulation.SimulationPlan.Step;
import dev.poro.statemachine.RandomRecords;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.ForkedLog;
import dev.poro.wal.LockedOpening;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedFileSystem;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A whole store, from its public methods down to the sectors of a disk, in a world of one thread: every handler, every
 * worker and the clock move when the {@link SimulationPlan} says so. After each crash the log is read and compared with
 * the {@link SimulationOracle}; what is promised must be there, and nothing else.
 */
final class Simulation implements AutoCloseable {
    private static final Path PATH = Path.of("simulated");
    private static final byte[][] KEYS = keys();
    /** In a segment: its first sequence, if it is in use. */
    private static final int START_OFFSET = 64;
    /** Of a random event: a batch of several fits into any segment. */
    private static final int MAX_RANDOM_VALUE = 500;

    /** More of it holds writers back under {@link SyncPolicy#EVERYSEC}. */
    private static final long MAX_LAG_MILLIS = 2_000;

    private final SimulationPlan plan;
    private final Settings settings;
    private final SimulationOracle oracle;

    /** {@code null} if the store keeps no change log. */
    private final FollowedFeed followed;

    private final ForkedLog log = new ForkedLog();
    private SimulatedStorage storage;
    /** The same, as a file system. */
    private SimulatedFileSystem files;

    private Store store;
    private int values;
    private final Map<String, byte[]> quarantined = new HashMap<>();
    private int armedPowerCut;
    private boolean isArmed;
    /** Whether the disk lacks space, or an operation is to fail. */
    private boolean isFull;

    private boolean isFaulty;
    /** Whether the page cache lost what a failed force had left in it: as good as a power cut. */
    private boolean hasEvicted;

    /** Whether writes may have been refused for want of space since the store was opened. */
    private boolean mayBeFull;
    /** Whether an operation may fail since the store was opened. */
    private boolean mayFail;
    /** Whether one is to fail that a snapshot needs, and whether one may since the store was opened. */
    private boolean isFaultyForSnapshots;

    private boolean mayFailSnapshots;
    /** Which of the workers that are started next gets no thread, counted from 1. */
    private int startsUntilFailure = Integer.MAX_VALUE;

    Simulation(SimulationPlan plan) {
        this.plan = plan;
        this.settings = plan.settings();
        this.oracle = new SimulationOracle();
        this.followed = plan.seed() % 2 == 0 ? new FollowedFeed() : null;
        this.storage = new SimulatedStorage(plan.seed(), settings.sectorLength());
        storage.mapsSafely(settings.mapped());
        storage.language(settings.language());
        storage.losesNames(settings.has(Trouble.LOST_NAMES));
        if (settings.has(Trouble.STALE_BLOCKS)) {
            storage.showStaleBlocks();
        }
        live(storage);
    }

    private void live(SimulatedStorage disk) {
        disk.longestWrite(settings.longestWrite());
        disk.observe(this::watch);
        files = new SimulatedFileSystem(disk, SimulatedStorage.randomOf(plan.seed()), () -> {});
    }

    private void watch(SimulatedOperation operation) {
        log.watch(storage, operation);
        if (operation.kind() == SimulatedOperation.Kind.DELETE
                && store != null
                && operation.name().endsWith(".wal")) {
            SimulationCoverage.SEGMENTS_RELEASED.met();
        }
    }

    /** From the empty key to one of some bytes. */
    private static byte[][] keys() {
        byte[][] keys = new byte[16][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = new byte[i];
            Arrays.fill(keys[i], (byte) ('a' + i));
        }
        return keys;
    }

    /** Runs the plan. Fails with an {@link AssertionError} that names the step. */
    void run() {
        int number = 0;
        try {
            adopt(tryToOpen(RecoveryMode.TAIL), false, 0);
            for (Step step : plan.steps()) {
                number++;
                take(step);
                look();
            }
            number++;
            finish();
        } catch (AssertionError | RuntimeException failure) {
            String step = number == 0
                    ? "opening"
                    : number > plan.steps().size()
                            ? "the end"
                            : "step " + number + ", " + plan.steps().get(number - 1);
            throw new AssertionError(step + ": " + failure.getMessage(), failure);
        }
    }

    /** What the disk was asked to do, oldest first. */
    List<String> operations() {
        return storage.operations();
    }

    private void take(Step step) {
        switch (step.kind()) {
            case SET -> change(step.a(), step.b(), true);
            case DELETE -> change(step.a(), -1, true);
            case SET_ASYNC -> {
                for (int i = 0; i <= step.b() % 4; i++) {
                    change(step.a() + i, step.b(), false);
                }
            }
            case DELETE_ASYNC -> change(step.a(), -1, false);
            case EVENTS -> publish(step.a(), step.b());
            case PIPELINE -> pipeline(step.a());
            case GET -> read(step.a());
            case JOURNAL -> store.stepped.journal();
            case APPLY -> store.stepped.apply();
            case WORK -> work(step.a());
            case CLOCK -> storage.advanceClock(step.a());
            case CLOCK_BACK -> storage.setClock(-step.a());
            case CLOCK_JUMP -> storage.setClock(TimeUnit.DAYS.toMillis(step.a()));
            case NO_THREAD -> {
                startsUntilFailure = step.a();
                store.workers.failStart(step.a());
            }
            case WRITE_BACK -> storage.writeBack(SimulatedStorage.randomOf(step.a()));
            case EVICT -> {
                hasEvicted = true;
                storage.evict(SimulatedStorage.randomOf(step.a()));
            }
            case FAULT -> fault(SimulationFault.usual().get(step.a()), step.b());
            case FAULT_OF_TROUBLE ->
                fault(SimulationFault.of(settings.troubles()).get(step.a()), step.b());
            case DISK_FULL -> {
                isFull = true;
                mayBeFull = true;
                storage.capacity(storage.used() + step.a());
            }
            case MEND -> mend();
            case ARM_CRASH -> {
                storage.crashAt(step.a());
                armedPowerCut = step.b();
                isArmed = true;
            }
            case CRASH -> crash(step.b(), step.a());
            case SNAPSHOT -> snapshot();
            case BACKUP -> backUp(step.a(), step.b());
            case CLOSE -> closeAndReopen(step.b());
            case DAMAGE -> damage(step.a());
            case OPEN_AGAIN -> openAgain();
            case READ_BESIDE -> readBeside(step.a());
            case READ_AFTERWARDS -> readAfterwards(step.a(), step.b());
        }
    }

    private void pipeline(int seed) {
        List<RecordedRing.Event> events = store.stepped.ring().events();
        int before = events.size();
        boolean isQuiet = store.stepped.ring().applied() == store.stepped.ring().claimed();
        Random random = SimulatedStorage.randomOf(seed);
        try (Pipeline pipeline = store.poro.pipeline()) {
            SimulatedPipeline run =
                    new SimulatedPipeline(pipeline, store::time, random, KEYS, this::nextValue, Simulation::recordOf);
            try {
                pipeline.execute();
                SimulationCoverage.PIPELINES_DONE.met();
            } catch (LogFullException | StoreFailedException refused) {
                requireExplained(refused);
                SimulationCoverage.PIPELINES_BROKEN_OFF.met();
            }
            // The reads before the first change do not wait for what others have published, as single reads do not.
            boolean isSettled = isQuiet && !hasStopped();
            run.requireResults(events.subList(before, events.size()), hasStopped(), isSettled ? store.poro::get : null);
        }
    }

    private void change(int key, int valueLength, boolean waits) {
        byte[] value = valueLength < 0 ? null : nextValue(valueLength);
        byte[] keyBytes = KEYS[key % KEYS.length];
        List<RecordedRing.Event> events = store.stepped.ring().events();
        int before = events.size();
        try {
            if (waits) {
                setOrDelete(keyBytes, value);
            } else if (value == null) {
                store.poro.deleteAsync(keyBytes);
            } else {
                store.poro.setAsync(keyBytes, value);
            }
        } catch (EventTooLargeException refused) {
            if (events.size() > before || valueLength + keyBytes.length < settings.segmentLength() / 2) {
                throw new AssertionError(refused);
            }
            SimulationCoverage.CHANGES_TOO_LARGE.met();
            return;
        } catch (LogFullException | MemoryBudgetExceededException | StoreFailedException refused) {
            if (events.size() == before && refused instanceof MemoryBudgetExceededException) {
                takeOutcomes();
                oracle.requireRejects(keyBytes, value, store.time());
                return;
            }
            // Which of them it must be, the outcome tells.
            requireToldAs(refused, events.get(events.size() - 1).outcome());
            if (!(refused instanceof MemoryBudgetExceededException)) {
                requireExplained(refused);
            }
        }
        requirePublished(keyBytes, value, events.subList(before, events.size()));
    }

    /** Once; twice where the first was rejected for want of memory, and keys that had expired were removed. */
    private static void requirePublished(byte[] key, byte[] value, List<RecordedRing.Event> events) {
        byte[] expected = recordOf(key, value);
        long published = events.stream()
                .filter(event -> Arrays.equals(event.record(), expected))
                .count();
        long removals = events.stream()
                .filter(event -> event.record()[0] == EventType.EXPIRE_DUE.code())
                .count();
        if (published + removals != events.size() || published < 1 || published > 1 + removals) {
            throw new AssertionError("published " + published + " times, with " + removals + " removals, of "
                    + events.size() + " events");
        }
    }

    private static byte[] recordOf(byte[] key, byte[] value) {
        int length = RecordDescriptor.recordLength(key.length, value == null ? 0 : value.length);
        long buffer = RawMemory.allocate(length);
        if (value == null) {
            RecordEncoder.encodeDelete(buffer, key);
        } else {
            RecordEncoder.encodeSet(buffer, key, value);
        }
        byte[] bytes = new byte[length];
        RawMemory.copy(buffer, bytes, 0, length);
        RawMemory.free(buffer, length);
        return bytes;
    }

    /** Events of all types, past the store's methods. */
    private void publish(int seed, int count) {
        RandomRecords records = new RandomRecords(SimulatedStorage.randomOf(seed), KEYS, MAX_RANDOM_VALUE, true);
        for (int i = 0; i < count && !hasStopped(); i++) {
            store.stepped.publish(records.next(store.poro.sequence(), store.time()));
        }
    }

    private void setOrDelete(byte[] key, byte[] value) {
        if (value == null) {
            store.poro.delete(key);
        } else {
            store.poro.set(key, value);
        }
    }

    private static void requireToldAs(PoroException refused, Outcome outcome) {
        Class<?> expected = switch (outcome) {
            case LOG_FULL -> LogFullException.class;
            case OUT_OF_MEMORY -> MemoryBudgetExceededException.class;
            case FAILED -> StoreFailedException.class;
            default -> throw new AssertionError("refused and done", refused);
        };
        if (refused.getClass() != expected) {
            throw new AssertionError("should have been a " + expected.getSimpleName(), refused);
        }
    }

    /** An event is only told to be durable when the log has it: whatever has stopped, it had come as far as that. */
    private void requireExplained(PoroException stop) {
        long sequence = StopMessages.requireComplete(stop);
        if (stop instanceof StoreFailedException && sequence < store.poro.durableSequence()) {
            throw new AssertionError("event " + store.poro.durableSequence() + " is durable", stop);
        }
        SimulationCoverage.STOPS_EXPLAINED.met();
    }

    /** No two values of the same length are alike, but for the shortest. */
    private byte[] nextValue(int length) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) values);
        if (length >= Integer.BYTES) {
            ByteBuffer.wrap(value).putInt(0, values);
        }
        values++;
        return value;
    }

    private void read(int key) {
        takeOutcomes();
        oracle.requireEqual(store.poro, KEYS[key % KEYS.length], store::time);
    }

    private void snapshot() {
        long before = store.poro.sequence();
        try {
            long sequence = store.poro.snapshot();
            SimulationCoverage.SNAPSHOTS_TAKEN.met();
            if (sequence < before || sequence > store.poro.sequence()) {
                throw new AssertionError(
                        "a snapshot of " + sequence + ", from " + before + " to " + store.poro.sequence());
            }
        } catch (StoreFailedException stopped) {
            if (!hasStopped()) {
                throw stopped;
            }
        } catch (PoroException failed) {
            if (!mayFail && !mayBeFull && !mayFailSnapshots) {
                throw failed;
            }
            SimulationCoverage.SNAPSHOTS_FAILED.met();
        }
    }

    private void backUp(int seed, int crashAt) {
        takeOutcomes();
        SimulatedStorage made =
                new SimulatedBackup(store.poro, store.wal, storage).make(seed, crashAt, mayFail || mayBeFull);
        if (made != null) {
            closeCopy(new Store(made, RecoveryMode.STRICT), made, true);
            made.release();
        }
    }

    private void work(int worker) {
        if (worker < store.workers.count()) {
            store.workers.step(worker);
        }
    }

    private void fault(SimulationFault fault, int nth) {
        fault.injectInto(storage, nth);
        isFull |= fault.mayRefuseChanges();
        isFaulty |= fault.mayStopStores();
        // Whatever fails while a segment is prepared, or a frame is written and wiped, is told as a full log.
        mayBeFull |= isFull || isFaulty;
        mayFail |= isFaulty;
        isFaultyForSnapshots |= fault.isFailure();
        mayFailSnapshots |= isFaultyForSnapshots;
    }

    private void mend() {
        isFull = false;
        isFaulty = false;
        isFaultyForSnapshots = false;
        storage.heal();
        storage.capacity(Long.MAX_VALUE);
    }

    /** After every step. */
    private void look() {
        if (storage.hasCrashed()) {
            crash(armedPowerCut, Integer.MAX_VALUE);
        }
        takeOutcomes();
        Poro poro = store.poro;
        if (settings.policy() == SyncPolicy.ALWAYS && poro.durableSequence() < poro.sequence()) {
            throw new AssertionError(
                    "event " + poro.sequence() + " can be read, but only " + poro.durableSequence() + " are durable");
        }
        if (hasStopped() && !mayFail) {
            throw new AssertionError(
                    "the store has stopped", store.stepped.failStop().cause());
        }
        if (followed != null && !mayFail && !isArmed) {
            followed.take();
        }
    }

    private boolean hasStopped() {
        return store.stepped.failStop().isTripped();
    }

    private void takeOutcomes() {
        oracle.takeOutcomes(store.stepped.ring(), mayBeFull, hasStopped(), storage.elapsedMillis());
    }

    /** The process dies, with the power or without, and the next opens the log; perhaps not the first that tries. */
    private void crash(int powerCut, int crashWhileOpening) {
        if (storage.hasCrashed()) {
            oracle.takePublished(store.stepped.ring());
        } else {
            takeOutcomes();
        }
        if (hasStopped()) {
            SimulationCoverage.STOPPED_STORES.met();
        }
        long durable = store.poro.durableSequence();
        boolean allPromised = isAllPromised(powerCut);
        kill();
        lose(powerCut);
        storage.crashAt(crashWhileOpening);
        Store opened = tryToOpen(RecoveryMode.TAIL);
        storage.crashAt(Long.MAX_VALUE);
        if (opened == null) {
            SimulationCoverage.DEATHS_WHILE_OPENING.met();
            allPromised &= isAllPromised(powerCut);
            lose(powerCut);
            opened = tryToOpen(RecoveryMode.TAIL);
        }
        adopt(opened, allPromised, durable);
    }

    /** Whether every acknowledged change must survive now. */
    private boolean isAllPromised(int powerCut) {
        return settings.policy() == SyncPolicy.ALWAYS || (powerCut == 0 && !hasEvicted);
    }

    /** Nothing of the running process reaches the disk any more. */
    private void kill() {
        leaveChanges();
        storage.crashAt(0);
        try {
            store.stepped.close();
        } catch (PoroException | SimulatedStorage.Crash dead) {
            // Even closing a file is too much for a dead process.
        }
        armedPowerCut = 0;
        isArmed = false;
    }

    private void lose(int powerCut) {
        storage.restart();
        (powerCut == 0 ? SimulationCoverage.KILLS : SimulationCoverage.POWER_CUTS).met();
        if (powerCut != 0) {
            mend();
            SimulatedStorage before = storage;
            storage = before.powerCut(powerCut);
            live(storage);
            before.release();
        }
    }

    /** Opens the log, mending the disk if it fails; returns {@code null} if the process dies at it. */
    private Store tryToOpen(RecoveryMode mode) {
        try {
            return openUnlessFaulty(mode);
        } catch (SimulatedStorage.Crash died) {
            return null;
        }
    }

    private Store openUnlessFaulty(RecoveryMode mode) {
        try {
            return new Store(storage, mode);
        } catch (StoreDamagedException refused) {
            throw refused;
        } catch (PoroException failed) {
            if (storage.hasCrashed()) {
                return null;
            }
            boolean hadNoThread = startsUntilFailure != Integer.MAX_VALUE;
            if (!mayFail && !mayBeFull && !hadNoThread) {
                throw failed;
            }
            StopMessages.requireComplete(failed);
            if (!storage.openFiles().isEmpty()) {
                throw new AssertionError("not opened, but still open: " + storage.openFiles(), failed);
            }
            SimulationCoverage.FAILURES_WHILE_OPENING.met();
            mend();
            startsUntilFailure = Integer.MAX_VALUE;
            return new Store(storage, mode);
        }
    }

    private void adopt(Store opened, boolean allPromised, long durable) {
        if (!opened.replay.knowsAll()) {
            throw new AssertionError("the log is not whole: " + opened.wal.recovery());
        }
        boolean mayLackFiles = hasEvicted || mayFail || isFaulty;
        long last = opened.poro.opening().lastSequence();
        oracle.requirePrefix(opened.replay.changes(), allPromised, mayBeFull);
        if (settings.policy() == SyncPolicy.EVERYSEC) {
            oracle.requireLostWithin(MAX_LAG_MILLIS);
        }
        if (last < durable) {
            throw new AssertionError("event " + durable + " was durable, but the log ends with event " + last);
        }
        if (opened.poro.durableSequence() < last) {
            throw new AssertionError("serves events up to " + last + ", of which only " + opened.poro.durableSequence()
                    + " are durable");
        }
        requireQuarantineKept(opened.wal.recovery());
        store = opened;
        meet(opened.wal.recovery());
        mayBeFull = isFull || isFaulty;
        mayFail = isFaulty;
        mayFailSnapshots = isFaultyForSnapshots;
        startsUntilFailure = Integer.MAX_VALUE;
        hasEvicted = false;
        oracle.adopt(opened.replay.changes());
        takeOutcomes();
        oracle.requireEqual(opened.poro, KEYS, opened::time);
        if (followed != null) {
            followed.adopt(opened.replay.changes(), opened.wal, opened.poro::durableSequence, mayLackFiles);
        }
    }

    /** What was cut off must lie in a file beside the log, and stay there. */
    private void requireQuarantineKept(RecoveryReport report) {
        List<String> names = storage.names();
        quarantined.forEach((name, bytes) -> {
            if (!names.contains(name) || !Arrays.equals(bytes, storage.bytes(name))) {
                throw new AssertionError(name + " was there, but is gone or not the same any more");
            }
        });
        int before = quarantined.size();
        for (String name : names) {
            if (name.endsWith(".quarantine")) {
                quarantined.put(name, storage.bytes(name));
            }
        }
        if (report.droppedBytes() > 0 && quarantined.size() == before) {
            throw new AssertionError("cut without a copy: " + report);
        }
    }

    private static void meet(RecoveryReport report) {
        if (report.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            SimulationCoverage.TAILS_CUT.met();
        }
        if (report.segments().size() > 1) {
            SimulationCoverage.LOGS_OF_SEVERAL_SEGMENTS.met();
        }
        if (report.closedCleanly()) {
            SimulationCoverage.CLEAN_CLOSES.met();
        }
    }

    private void closeAndReopen(int powerCut) {
        boolean wasStopped = hasStopped();
        boolean clean = closeStore();
        takeOutcomes();
        if (storage.hasCrashed()) {
            crash(armedPowerCut, Integer.MAX_VALUE);
            return;
        }
        if (!clean && !mayFail && !wasStopped) {
            throw new AssertionError(
                    "the close failed", store.stepped.failStop().cause());
        }
        if (!storage.openFiles().isEmpty()) {
            throw new AssertionError("still open: " + storage.openFiles());
        }
        long durable = store.poro.durableSequence();
        if (clean && !mayFail && !mayBeFull) {
            requireLastSegmentIsMissed();
        }
        mend();
        lose(powerCut);
        Store opened = tryToOpen(clean ? RecoveryMode.STRICT : RecoveryMode.TAIL);
        RecoveryReport report = opened.wal.recovery();
        if (clean && !report.closedCleanly()) {
            throw new AssertionError("closed cleanly, but found " + report);
        }
        adopt(opened, clean || isAllPromised(powerCut), durable);
    }

    /** Without the segment that has the mark of the clean close, the log is refused. */
    private void requireLastSegmentIsMissed() {
        SimulatedStorage copy = storage.copy();
        List<String> segments =
                copy.names().stream().filter(name -> name.endsWith(".wal")).toList();
        for (int i = segments.size() - 1, inUse = 0; i >= 0 && inUse == 0; i--) {
            inUse = ByteBuffer.wrap(copy.bytes(segments.get(i))).getLong(START_OFFSET) == 0 ? 0 : 1;
            copy.remove(segments.get(i));
        }
        try {
            new Store(copy, RecoveryMode.TAIL).close();
            throw new AssertionError("opens without the last of " + segments);
        } catch (StoreDamagedException refused) {
            SimulationCoverage.MISSING_SEGMENTS_NOTICED.met();
        }
        copy.release();
    }

    private boolean closeStore() {
        leaveChanges();
        try {
            store.stepped.close();
            return true;
        } catch (StoreFailedException failed) {
            requireExplained(failed);
            return false;
        } catch (SimulatedStorage.Crash dead) {
            return false;
        }
    }

    /** A copy of the log, as a kill would leave it, damaged: it is refused, or it is right as far as it goes. */
    private void damage(int seed) {
        takeOutcomes();
        Random random = SimulatedStorage.randomOf(seed);
        SimulatedStorage copy = storage.copy();
        List<String> names = copy.names();
        if (names.isEmpty()) {
            return;
        }
        String name = names.get(random.nextInt(names.size()));
        boolean hasOneFlippedBit = damage(copy, name, random);
        try {
            Store opened = new Store(copy, RecoveryMode.TAIL);
            boolean whole = opened.wal.recovery().verdict() == RecoveryReport.Verdict.SOUND;
            closeCopy(opened, copy, whole && hasOneFlippedBit);
            SimulationCoverage.DAMAGES_SURVIVED.met();
        } catch (StoreDamagedException refused) {
            if (name.endsWith(".snapshot") || name.endsWith(".changes")) {
                throw new AssertionError("not all depends on " + name, refused);
            }
            SimulationCoverage.DAMAGES_REFUSED.met();
            StopMessages.requireComplete(refused);
            if (!copy.openFiles().isEmpty()) {
                throw new AssertionError("refused, with files open: " + copy.openFiles(), refused);
            }
        }
        copy.release();
    }

    /** Another store in the same process is refused, however the first one is, and leaves it and the files alone. */
    private void openAgain() {
        Map<String, ByteBuffer> contents = storage.contents();
        int operations = storage.operationCount();
        try {
            new Store(storage, RecoveryMode.TAIL).close();
        } catch (StoreLockedException refused) {
            StopMessages.requireComplete(refused);
            if (storage.operationCount() != operations || !storage.contents().equals(contents)) {
                throw new AssertionError("refused, but not before it touched the log", refused);
            }
            SimulationCoverage.SECOND_OPENINGS_REFUSED.met();
            return;
        }
        throw new AssertionError("opened twice");
    }

    /** A tool reads a log that is written meanwhile: it must find it sound, and all that was there before. */
    private void readBeside(int seed) {
        if (mayFail || hasEvicted || isArmed || hasStopped()) {
            return;
        }
        takeOutcomes();
        Random random = SimulatedStorage.randomOf(seed);
        boolean isSound = store.poro.opening().damagedSnapshots().isEmpty();
        long before = store.poro.sequence();
        int[] stepsLeft = {random.nextInt(40)};
        SimulatedFileSystem files = new SimulatedFileSystem(storage, random, () -> {
            if (stepsLeft[0] > 0 && random.nextInt(3) == 0) {
                stepsLeft[0]--;
                take(SimulationPlan.stepOfWriter(settings, random));
                look();
            }
        });
        ToolRun run = new ToolOracle(files, random).runAny();
        if (isSound && !hasStopped()) {
            ToolOracle.requireSound(run, before, store.wal.lastSequence());
            SimulationCoverage.READS_BESIDE_A_WRITER.met();
        }
        openCopyMade(files);
        files.release();
    }

    private void openCopyMade(SimulatedFileSystem files) {
        SimulatedStorage made = files.in(ToolOracle.COPY);
        if (made != null) {
            takeOutcomes();
            SimulatedStorage copy = made.copy();
            closeCopy(new Store(copy, RecoveryMode.STRICT), copy, false);
            copy.release();
        }
    }

    /** Tools read what a crash leaves, or damage: what they say is what opening then finds. */
    private void readAfterwards(int damage, int powerCut) {
        takeOutcomes();
        Random random = SimulatedStorage.randomOf(damage + powerCut);
        SimulatedStorage disk = powerCut == 0 ? storage.copy() : storage.powerCut(powerCut);
        List<String> names = disk.names();
        if (damage != 0 && !names.isEmpty()) {
            damage(disk, names.get(random.nextInt(names.size())), random);
        }
        Map<String, ByteBuffer> contents = disk.contents();
        SimulatedFileSystem files = new SimulatedFileSystem(disk, random, () -> {});
        ToolRun run = new ToolOracle(files, random).runAny();
        files.release();
        if (!disk.contents().equals(contents)) {
            throw new AssertionError("looking has changed the log: " + run);
        }
        SimulatedStorage opened = disk.copy();
        RecoveryReport report = null;
        try {
            Store copy = new Store(opened, RecoveryMode.TAIL);
            report = copy.wal.recovery();
            closeCopy(copy, opened, false);
        } catch (StoreDamagedException refused) {
            // The tool shall say so, too.
        }
        boolean mayBeDamaged = damage != 0
                || hasEvicted
                || mayFail
                || (report != null && !report.damagedSnapshots().isEmpty());
        ToolOracle.requireAgreement(run, ToolOracle.Found.of(disk, report), mayBeDamaged);
        SimulationCoverage.READS_AFTERWARDS.met();
        opened.release();
        disk.release();
    }

    private void closeCopy(Store opened, SimulatedStorage disk, boolean hasAllAcknowledged) {
        if (opened.replay.knowsAll()) {
            oracle.requirePrefix(opened.replay.changes(), hasAllAcknowledged, mayBeFull);
        }
        disk.crashAt(0);
        opened.close();
    }

    /** Flips a bit and returns true, or zeroes a sector, cuts the file or removes it and returns false. */
    private static boolean damage(SimulatedStorage disk, String name, Random random) {
        byte[] bytes = disk.bytes(name);
        if (bytes.length == 0) {
            return true;
        }
        // Where there is something, more often than not.
        int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 2_048));
        switch (random.nextInt(8)) {
            case 0 -> disk.remove(name);
            case 1 -> disk.put(name, Arrays.copyOf(bytes, at));
            case 2 -> {
                int sector = at / SimulatedStorage.SECTOR_LENGTH * SimulatedStorage.SECTOR_LENGTH;
                int end = Math.min(bytes.length, sector + SimulatedStorage.SECTOR_LENGTH);
                Arrays.fill(bytes, sector, end, (byte) 0);
                disk.put(name, bytes);
            }
            default -> {
                disk.flipBit(name, (long) at * Byte.SIZE + random.nextInt(Byte.SIZE));
                return true;
            }
        }
        return false;
    }

    private void leaveChanges() {
        if (followed != null) {
            followed.leave();
        }
    }

    private void finish() {
        mend();
        closeAndReopen(0);
    }

    @Override
    public void close() {
        storage.crashAt(0);
        if (store != null) {
            store.close();
        }
        storage.release();
        oracle.close();
    }

    /** An open store, and what it read when it was opened. */
    private final class Store {
        private final SteppedWorkers workers = new SteppedWorkers();
        private RecordedReplay replay;
        private WriteAheadLog wal;
        private final SteppedStore stepped;
        private final Poro poro;

        Store(SimulatedStorage disk, RecoveryMode mode) {
            workers.failStart(disk == storage ? startsUntilFailure : Integer.MAX_VALUE);
            this.stepped = SteppedStore.open(
                    Poro.at(PATH)
                            .sync(settings.policy())
                            .recovery(mode)
                            .segmentLength(settings.segmentLength())
                            .snapshotAfter(settings.snapshotAfter())
                            .retain(settings.retention())
                            .changes(followed == null ? Retention.NONE : Retention.ALL)
                            .ringCapacity(settings.ringCapacity()),
                    settings.threading(),
                    settings.memory(),
                    settings.eventsPerMark(),
                    disk::elapsedMillis,
                    reserve -> SeededStateMachine.of(reserve, plan.seed()),
                    (logSettings, visitor, progress, failStop) -> {
                        replay = new RecordedReplay(disk, log, visitor);
                        LockedOpening opening = lock ->
                                WriteAheadLog.open(lock, disk, workers, logSettings, replay, progress, failStop);
                        boolean isLocked = disk == storage && settings.has(Trouble.SECOND_OPENING);
                        wal = isLocked ? opening.under(files.getPath(SimulatedFileSystem.LOG)) : opening.open(() -> {});
                        return wal;
                    });
            this.poro = stepped.poro();
        }

        /** By which it judges expiries. */
        long time() {
            return wal.clock().getAsLong();
        }

        void close() {
            try {
                stepped.close();
            } catch (PoroException | SimulatedStorage.Crash dead) {
                // The disk was taken away from it.
            }
        }
    }
}
