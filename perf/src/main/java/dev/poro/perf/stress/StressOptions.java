package dev.poro.perf.stress;

import dev.poro.cli.MemorySize;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroBuilder;
import dev.poro.engine.Retention;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.engine.WaitStrategy;
import dev.poro.events.Limits;
import dev.poro.events.RecordDescriptor;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Option;

/** The options. {@link #check} says whether they can be combined. */
final class StressOptions {
    private static final int MAX_PRODUCERS = 1000;
    private static final int MAX_KEYS = 100_000_000;
    private static final int MAX_WINDOW = 1 << 16;
    private static final Duration DEFAULT_DURATION = Duration.ofSeconds(10);
    private static final long MIN_DEFAULT_MEMORY = 64 << 20;

    @Option(names = "--producers", paramLabel = "N", description = "Threads that write and read. Default: 8.")
    private int producers = 8;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long the run takes, such as 500ms, 10s, 2m. Default: 10s, unless --events is given.")
    private Duration duration;

    @Option(names = "--events", paramLabel = "N", description = "Ends the run after this many events.")
    private long events = Long.MAX_VALUE;

    @Option(
            names = "--mix",
            paramLabel = "S/D/G",
            converter = Mix.Converter.class,
            description = "Sets, deletes and gets in a hundred operations. Default: 60/20/20.")
    private Mix mix = new Mix(60, 20, 20);

    @Option(
            names = "--async",
            paramLabel = "PERCENT",
            description = "Producers that publish ahead; the others wait for each outcome. Default: 50.")
    private int async = 50;

    @Option(names = "--window", paramLabel = "N", description = "Events that a producer publishes ahead. Default: 256.")
    private int window = 256;

    @Option(
            names = "--keys",
            paramLabel = "N",
            description = "Number of keys: each belongs to a producer, half are set by all. Default: 100000.")
    private int keys = 100_000;

    @Option(
            names = "--key-length",
            paramLabel = "BYTES",
            converter = Range.Converter.class,
            description = "Length of a key, or a range such as 8-100; at least 4. Default: 16.")
    private Range keyLength = new Range(16, 16);

    @Option(
            names = "--value-length",
            paramLabel = "BYTES",
            converter = Range.Converter.class,
            description = "Length of a value, or a range; at least 8. Default: 8-100.")
    private Range valueLength = new Range(8, 100);

    @Option(
            names = "--threading",
            paramLabel = "MODE",
            description = "Who runs the handlers: ${COMPLETION-CANDIDATES}. Default: what suits this machine.")
    private Threading threading = Threading.forThisMachine();

    @Option(
            names = "--sync",
            paramLabel = "WHEN",
            description = "When an event counts as done: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private SyncPolicy sync = SyncPolicy.EVERYSEC;

    @Option(
            names = "--ring",
            paramLabel = "SLOTS",
            description = "Slots of the event ring, a power of two. Default: 1024.")
    private int ring = 1024;

    @Option(
            names = "--wait",
            paramLabel = "HOW",
            description = "How dedicated handlers wait: ${COMPLETION-CANDIDATES}. Default: BACKOFF.")
    private WaitStrategy wait;

    @Option(
            names = "--segment-length",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description = "Length of a segment of the log, such as 1m. Default: 64m.")
    private long segmentLength = LogSettings.DEFAULT_SEGMENT_LENGTH;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description = "The memory budget; all keys must fit. Default: what they need.")
    private long memory;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of everything random. Default: another each time.")
    private long seed = ThreadLocalRandom.current().nextInt(1_000_000_000);

    /** Why these options cannot be run, in a sentence; {@code null} if they can. */
    String check() {
        try {
            requireRange("--producers", producers, 1, MAX_PRODUCERS);
            requireRange("--events", events, 1, Long.MAX_VALUE);
            requireRange("--async", async, 0, 100);
            requireRange("--window", window, 1, MAX_WINDOW);
            requireRange("--keys", keys, 2L * producers, MAX_KEYS);
            requireRange("--key-length", keyLength.min(), Workload.MIN_KEY_LENGTH, Limits.MAX_KEY_LENGTH);
            requireRange("--key-length", keyLength.max(), Workload.MIN_KEY_LENGTH, Limits.MAX_KEY_LENGTH);
            requireRange("--value-length", valueLength.min(), Workload.MIN_VALUE_LENGTH, Limits.MAX_VALUE_LENGTH);
            requireRange("--value-length", valueLength.max(), Workload.MIN_VALUE_LENGTH, Limits.MAX_VALUE_LENGTH);
            requireRange("--segment-length", segmentLength, 1, Integer.MAX_VALUE);
            requireRange("--memory", memory(), neededMemory(), StateMachine.MAX_MEMORY_BUDGET);
            requireRecordFits(
                    new LogSettings(dev.poro.wal.SyncPolicy.OS, dev.poro.wal.RecoveryMode.TAIL, (int) segmentLength));
            store(Path.of("unused"));
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
        if (wait != null && threading != Threading.DEDICATED) {
            return "--wait is for --threading dedicated: no handler waits in the ring otherwise";
        }
        return null;
    }

    private static void requireRange(String option, long value, long min, long max) {
        if (value < min || value > max) {
            String limit = value < min ? "at least " + min : "at most " + max;
            throw new IllegalArgumentException(option + " " + value + ": must be " + limit);
        }
    }

    private void requireRecordFits(LogSettings log) {
        int longest = RecordDescriptor.recordLength(keyLength.max(), valueLength.max());
        if (longest > log.maxRecordLength()) {
            throw new IllegalArgumentException("--segment-length " + segmentLength + ": keys and values of up to "
                    + keyLength.max() + " and " + valueLength.max() + " bytes need longer segments");
        }
    }

    /** More than all keys can need at once: the model does not predict what the budget rejects. */
    private long neededMemory() {
        long longest = (long) keyLength.max() + valueLength.max();
        return keys * (longest + longest / 4 + 128);
    }

    private long memory() {
        return memory > 0 ? memory : Math.max(MIN_DEFAULT_MEMORY, neededMemory());
    }

    /** The run that is asked for. */
    StressRun.Plan plan() {
        Workload workload = new Workload(seed, producers, keys - keys % (2 * producers), keyLength, valueLength, mix);
        int ahead = Math.round(producers * async / 100f);
        Duration limit = duration != null ? duration : events < Long.MAX_VALUE ? null : DEFAULT_DURATION;
        return new StressRun.Plan(workload, ahead, window, events, limit);
    }

    /** The settings of the store. */
    PoroBuilder store(Path path) {
        PoroBuilder store = Poro.at(path)
                .threading(threading)
                .sync(sync)
                .ringCapacity(ring)
                .segmentLength((int) segmentLength)
                .maxValueLength(Math.max(valueLength.max(), Limits.DEFAULT_MAX_VALUE_LENGTH))
                .memory(memory())
                .retain(Retention.ALL);
        return wait == null ? store : store.waitStrategy(wait);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s%s, %s, ring of %d slots, mix %s, %d keys of %s bytes, values of %s bytes, seed %d",
                threading,
                wait == null ? "" : " " + wait,
                sync,
                ring,
                mix,
                keys,
                keyLength,
                valueLength,
                seed);
    }
}
