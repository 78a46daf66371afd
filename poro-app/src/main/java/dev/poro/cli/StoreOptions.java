package dev.poro.cli;

import dev.poro.engine.LogDamage;
import dev.poro.engine.OpeningReport;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroBuilder;
import dev.poro.engine.Retention;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a store that is opened for writing: of the prompt, and of the server. */
final class StoreOptions {
    @Option(
            names = "--sync",
            paramLabel = "WHEN",
            converter = SyncPolicyConverter.class,
            description = {
                "When changes are forced to the disk:",
                "always: before each reply; an OK survives a power cut.",
                "everysec: once a second; a power cut costs at most the last second, a killed process nothing.",
                "os: when the operating system does it; a killed process loses nothing.",
                "Default: everysec."
            })
    private SyncPolicy sync = SyncPolicy.EVERYSEC;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description =
                    "The memory for keys and values, in bytes or with a suffix k, m, g, t. It is kept with the store."
                            + " Default: what the store has, a quarter of the machine's memory for a new one.")
    private Long memory;

    @Option(
            names = "--snapshot-after",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description =
                    "Take a snapshot when the log since the last one exceeds this size and that of the live data; in"
                            + " bytes or with a suffix k, m, g, t. Default: 256m.")
    private Long snapshotAfter;

    @Option(
            names = "--retain",
            paramLabel = "HISTORY",
            converter = RetentionConverter.class,
            description = {
                "How much history to keep that opening does not need, because snapshots cover it: all, none, a size"
                        + " (10g) or a time (90min, 12h, 30d). It is kept with the store. Default: what the store has,"
                        + " none for a new one."
            })
    private Retention retention;

    @Option(
            names = "--changes",
            paramLabel = "HISTORY",
            converter = RetentionConverter.class,
            description = {
                "Keep a log of changes, for feeds and for questions about the past, and how much of it: all, none, a"
                        + " size (10g) or a time (90min, 12h, 30d). It is kept with the store. Default: what the store"
                        + " has, none for a new one."
            })
    private Retention changes;

    @Option(
            names = "--clock-step-hold",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description =
                    "How long the system's clock must be ahead before keys expire by it: 30s, 5min. A wrong reading"
                            + " that lasts less long expires nothing early. Default: 60s.")
    private Duration clockStepHold;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /**
     * Opens the store and tells what it has found there.
     *
     * @param wal the directory of the log
     */
    Poro open(Path wal) {
        return open(wal, PoroBuilder::open, store -> store);
    }

    /**
     * {@link #open(Path)} of a store that is a part of something.
     *
     * @param opening opens it
     * @param storeOf the store in what was opened
     */
    <T> T open(Path wal, Function<PoroBuilder, T> opening, Function<T, Poro> storeOf) {
        PoroBuilder builder = builder(wal);
        T opened = LogCommand.withProgress(progress -> opening.apply(builder.progress(progress)));
        reportCut(wal, storeOf.apply(opened).opening());
        reportDamagedSnapshots(wal, storeOf.apply(opened).opening());
        return opened;
    }

    SyncPolicy sync() {
        return sync;
    }

    private PoroBuilder builder(Path wal) {
        // The prompt waits for each reply, and an event loop for each round: fastest without a hand-off between
        // threads.
        PoroBuilder builder = Poro.at(wal).sync(sync).threading(Threading.CALLER);
        if (memory != null) {
            limitMemory(builder);
        }
        if (retention != null) {
            builder.retain(retention);
        }
        if (changes != null) {
            builder.changes(changes);
        }
        if (snapshotAfter != null) {
            builder.snapshotAfter(snapshotAfter);
        }
        if (clockStepHold != null) {
            builder.clockStepHold(clockStepHold);
        }
        return builder;
    }

    private void limitMemory(PoroBuilder builder) {
        try {
            builder.memory(memory);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "Invalid value for option '--memory': " + e.getMessage(), e);
        }
    }

    /** Reports a tail that was cut off. Nothing promised is lost, but the user should know of the crash. */
    private static void reportCut(Path wal, OpeningReport opening) {
        LogDamage tail = opening.tail();
        if (tail != null) {
            System.err.printf(
                    Locale.ROOT,
                    "poro: %s ended in an unforced tail (%s at offset %d: %s).%n"
                            + "poro: Cut off %d bytes after sequence %d; a copy is kept there as *.quarantine.%n",
                    wal,
                    tail.file(),
                    tail.offset(),
                    tail.cause(),
                    tail.bytes(),
                    opening.lastSequence());
        }
    }

    private static void reportDamagedSnapshots(Path wal, OpeningReport opening) {
        for (LogDamage damaged : opening.damagedSnapshots()) {
            System.err.printf(
                    Locale.ROOT,
                    "poro: %s: %s is damaged at offset %d: %s.%n"
                            + "poro: Nothing is lost: %s. It is kept there as *.quarantine.%n",
                    wal,
                    damaged.file(),
                    damaged.offset(),
                    damaged.cause(),
                    opening.snapshot() == null
                            ? "the whole log was replayed"
                            : "the log was replayed from " + opening.snapshot().file() + " on");
        }
    }
}
