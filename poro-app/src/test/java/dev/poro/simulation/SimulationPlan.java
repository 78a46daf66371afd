package dev.poro.simulation;

import dev.poro.engine.Retention;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.wal.simulated.SimulatedLanguage;
import dev.poro.wal.simulated.SimulatedStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What happens in one {@link Simulation}: the settings of a store, and one step after the other. A function of its seed
 * alone. Every step carries all it needs, so that a plan from which steps were taken out is still one.
 */
record SimulationPlan(long seed, Settings settings, List<Step> steps) {
    /** How the store is opened. */
    record Settings(
            SyncPolicy policy,
            Threading threading,
            boolean mapped,
            int sectorLength,
            int longestWrite,
            int segmentLength,
            int ringCapacity,
            int eventsPerMark,
            long memory,
            long snapshotAfter,
            Retention retention,
            Set<Trouble> troubles,
            SimulatedLanguage language) {
        boolean has(Trouble trouble) {
            return troubles.contains(trouble);
        }
    }

    /** One step; what {@code a} and {@code b} mean depends on the kind. */
    record Step(Kind kind, int a, int b) {
        @Override
        public String toString() {
            return kind + "(" + a + ", " + b + ")";
        }
    }

    /** The kinds of steps, and how often they occur. */
    enum Kind {
        /** Sets key {@code a} to {@code b} bytes and waits. */
        SET(20),
        /** Deletes key {@code a} and waits. */
        DELETE(6),
        /** Publishes sets of {@code b} bytes of the keys from {@code a} on, four at most. */
        SET_ASYNC(25),
        /** Publishes the deletion of key {@code a}. */
        DELETE_ASYNC(8),
        /** Publishes {@code b} events of any type that changes data, by chance {@code a}. */
        EVENTS(25),
        /** Executes a pipeline of sets, deletes and reads, by chance {@code a}. */
        PIPELINE(10),
        /** Reads key {@code a}. */
        GET(8),
        /** Has the journal's thread of a dedicated store handle what is published; of a caller's, both handlers. */
        JOURNAL(10),
        /** Has the state machine's thread of a dedicated store handle what is journaled. */
        APPLY(8),
        /** Has worker {@code a} run. */
        WORK(10),
        /** Takes a snapshot. */
        SNAPSHOT(4),
        /** Makes a backup, of which the power leaves what chance {@code a} says when it dies at change {@code b}. */
        BACKUP(2),
        /** Moves the clock by {@code a} ms. */
        CLOCK(10),
        /** Sets the clock back by {@code a} ms. */
        CLOCK_BACK(1),
        /** The operating system writes back some sectors, by chance {@code a}. */
        WRITE_BACK(4),
        /** The operating system gives up pages that a failed force left clean, by chance {@code a}. */
        EVICT(1),
        /** The {@code b}th operation fails as fault {@code a} says. */
        FAULT(2),
        /** The {@code b}th operation fails as fault {@code a} of the plan's troubles says. */
        FAULT_OF_TROUBLE(6),
        /** The disk has only {@code a} bytes left. */
        DISK_FULL(2),
        /** The disk has space and works again. */
        MEND(3),
        /** The process will die at its {@code a}th change from now on, and the power with it if {@code b} is not 0. */
        ARM_CRASH(5),
        /** The process dies; the power with it if {@code b} is not 0; opening dies at its {@code a}th change. */
        CRASH(4),
        /** A clean close; a power cut if {@code b} is not 0. */
        CLOSE(2),
        /** What a copy of the log is worth after damage, by chance {@code a}. */
        DAMAGE(3),
        /** The {@code a}th worker that is started from now on gets no thread. */
        NO_THREAD(3, Trouble.NO_THREADS),
        /** Somebody sets the clock forward by {@code a} days, or back. */
        CLOCK_JUMP(3, Trouble.CLOCK_JUMPS),
        /** Somebody else in the same process tries to open the log. */
        OPEN_AGAIN(3, Trouble.SECOND_OPENING),
        /** A tool reads the log while it is written, both by chance {@code a}. */
        READ_BESIDE(4, Trouble.READERS_BESIDE_A_WRITER),
        /**
         * Tools read what a power cut leaves if {@code b} is not 0, or else a kill; damaged by chance {@code a} if not
         * 0.
         */
        READ_AFTERWARDS(4, Trouble.TOOLS_AFTERWARDS);

        private final int weight;
        private final Trouble trouble;

        Kind(int weight) {
            this(weight, null);
        }

        Kind(int weight, Trouble trouble) {
            this.weight = weight;
            this.trouble = trouble;
        }
    }

    /** What does not happen while one party is given no time: workers, the state machine, the journal, publishers. */
    private static final List<Set<Kind>> STARVED = List.of(
            EnumSet.of(Kind.WORK),
            EnumSet.of(Kind.APPLY, Kind.SET, Kind.DELETE, Kind.PIPELINE, Kind.SNAPSHOT, Kind.BACKUP, Kind.CLOSE),
            EnumSet.of(Kind.JOURNAL, Kind.SET, Kind.DELETE, Kind.PIPELINE, Kind.SNAPSHOT, Kind.BACKUP, Kind.CLOSE),
            EnumSet.of(Kind.SET, Kind.DELETE, Kind.PIPELINE, Kind.SET_ASYNC, Kind.DELETE_ASYNC, Kind.EVENTS));

    private static final int[] SEGMENT_LENGTHS = {16 << 10, 16 << 10, 20 << 10, 32 << 10};
    private static final int KEYS = 12;

    /** Those that occur, as often as they do. */
    private static List<Kind> weighted(Settings settings) {
        List<Kind> kinds = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            boolean occurs = kind == Kind.FAULT_OF_TROUBLE
                    ? !SimulationFault.of(settings.troubles()).isEmpty()
                    : kind.trouble == null || settings.has(kind.trouble);
            if (occurs) {
                kinds.addAll(Collections.nCopies(kind.weight, kind));
            }
        }
        return kinds;
    }

    private static Set<Trouble> someOf(Set<Trouble> all, Random random) {
        EnumSet<Trouble> some = EnumSet.noneOf(Trouble.class);
        for (Trouble trouble : all) {
            if (random.nextBoolean()) {
                some.add(trouble);
            }
        }
        return some;
    }

    /** What a store does that a tool looks at. */
    private static final List<Kind> OF_A_WRITER = List.of(
            Kind.SET,
            Kind.SET,
            Kind.DELETE,
            Kind.SET_ASYNC,
            Kind.SET_ASYNC,
            Kind.EVENTS,
            Kind.PIPELINE,
            Kind.JOURNAL,
            Kind.APPLY,
            Kind.WORK,
            Kind.WORK,
            Kind.SNAPSHOT,
            Kind.CLOCK,
            Kind.WRITE_BACK);

    /** A step of a writer that tools do not stop. */
    static Step stepOfWriter(Settings settings, Random random) {
        return step(OF_A_WRITER.get(random.nextInt(OF_A_WRITER.size())), 2_048, settings, random);
    }

    static SimulationPlan of(long seed) {
        Random random = SimulatedStorage.randomOf(seed);
        Set<Trouble> troubles = someOf(Trouble.ON, random);
        SyncPolicy[] policies = SyncPolicy.values();
        SimulatedLanguage[] languages = SimulatedLanguage.values();
        Settings settings = new Settings(
                policies[random.nextInt(policies.length)],
                random.nextBoolean() ? Threading.CALLER : Threading.DEDICATED,
                random.nextInt(4) > 0,
                random.nextInt(3) == 0 ? SimulatedStorage.PAGE_LENGTH : SimulatedStorage.SECTOR_LENGTH,
                random.nextInt(3) == 0 ? 1 + random.nextInt(5_000) : Integer.MAX_VALUE,
                SEGMENT_LENGTHS[random.nextInt(SEGMENT_LENGTHS.length)],
                2 << random.nextInt(5),
                3 + random.nextInt(40),
                random.nextInt(4) == 0 ? 4 << 10 : 1 << 20,
                random.nextInt(3) == 0 ? 10 << 10 : Long.MAX_VALUE,
                retention(random),
                troubles,
                troubles.contains(Trouble.FOREIGN_ERRORS)
                        ? languages[random.nextInt(languages.length)]
                        : SimulatedLanguage.ENGLISH);
        List<Kind> kinds = weighted(settings);
        // Where the next segment is in trouble, long values, which soon need it.
        int largest =
                1 << (troubles.contains(Trouble.FAILED_PREPARATION) ? 9 + random.nextInt(4) : 4 + random.nextInt(9));
        List<Step> steps = new ArrayList<>();
        boolean starves = settings.has(Trouble.STARVATION);
        Set<Kind> starved = starves ? STARVED.get(random.nextInt(STARVED.size())) : Set.of();
        int begin = random.nextInt(20);
        int end = begin + 20 + random.nextInt(60);
        for (int count = 10 + random.nextInt(starves ? 90 : 60); count > 0; count--) {
            boolean isStarving = steps.size() >= begin && steps.size() < end;
            Kind kind = kinds.get(random.nextInt(kinds.size()));
            while (isStarving && starved.contains(kind)) {
                kind = kinds.get(random.nextInt(kinds.size()));
            }
            steps.add(step(kind, largest, settings, random));
        }
        return new SimulationPlan(seed, settings, steps);
    }

    private static Retention retention(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> Retention.ALL;
            case 1 -> Retention.ofSize(random.nextInt(100 << 10));
            case 2 -> Retention.ofAge(Duration.ofMillis(random.nextInt(1_000)));
            default -> Retention.NONE;
        };
    }

    private static Step step(Kind kind, int largest, Settings settings, Random random) {
        switch (kind) {
            case SET, SET_ASYNC:
                // Now and then one that no segment can take.
                int length = random.nextInt(100) == 0 ? 40 << 10 : random.nextInt(largest);
                return new Step(kind, random.nextInt(KEYS), length);
            case EVENTS:
                return new Step(kind, random.nextInt(1 << 20), 1 + random.nextInt(4));
            case WORK:
                return new Step(kind, random.nextInt(4), 0);
            case CLOCK:
                return new Step(kind, random.nextInt(4) == 0 ? random.nextInt(3_000) : random.nextInt(100), 0);
            case CLOCK_BACK:
                return new Step(kind, random.nextInt(5_000), 0);
            case FAULT:
                return new Step(kind, random.nextInt(SimulationFault.usual().size()), 1 + random.nextInt(3));
            case FAULT_OF_TROUBLE:
                int faults = SimulationFault.of(settings.troubles()).size();
                return new Step(kind, random.nextInt(faults), 1 + random.nextInt(3));
            case NO_THREAD:
                return new Step(kind, 1 + random.nextInt(4), 0);
            case CLOCK_JUMP:
                return new Step(kind, random.nextInt(20 * 365) - 10 * 365, 0);
            case DISK_FULL:
                return new Step(kind, random.nextInt(20 << 10), 0);
            case ARM_CRASH:
                return new Step(kind, random.nextInt(12), random.nextInt(2) * (1 + random.nextInt(1 << 20)));
            case CRASH:
                return new Step(
                        kind,
                        random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(20),
                        random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(1 << 20));
            case CLOSE:
                return new Step(kind, 0, random.nextInt(2) * (1 + random.nextInt(1 << 20)));
            case BACKUP:
                return new Step(
                        kind,
                        1 + random.nextInt(1 << 20),
                        random.nextInt(3) == 0 ? Integer.MAX_VALUE : random.nextInt(20));
            case READ_AFTERWARDS:
                return new Step(
                        kind,
                        random.nextInt(2) * (1 + random.nextInt(1 << 20)),
                        random.nextInt(2) * (1 + random.nextInt(1 << 20)));
            case WRITE_BACK, EVICT, PIPELINE, DAMAGE, READ_BESIDE:
                return new Step(kind, random.nextInt(1 << 20), 0);
            default:
                return new Step(kind, random.nextInt(KEYS), 0);
        }
    }

    SimulationPlan withSteps(List<Step> others) {
        return new SimulationPlan(seed, settings, List.copyOf(others));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("seed " + seed + ", " + settings);
        for (Step step : steps) {
            text.append("\n    ").append(step);
        }
        return text.toString();
    }
}
