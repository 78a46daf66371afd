package dev.poro.simulation;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** What simulations are to get into; counted, so that a run can show that it did. */
@SuppressWarnings("ImmutableEnumChecker")
enum SimulationCoverage {
    CHANGES_ACKNOWLEDGED,
    CHANGES_REFUSED_FOR_MEMORY,
    CHANGES_REJECTED_UNPUBLISHED,
    CHANGES_REFUSED_FOR_DISK_SPACE,
    CHANGES_TOO_LARGE,
    CHANGES_FAILED,
    CHANGES_OF_UNKNOWN_OUTCOME_RECOVERED,
    UNPROMISED_CHANGES_LOST,
    CHANGES_UNMET,
    CHANGES_FOLLOWED,
    PIPELINES_DONE,
    PIPELINES_BROKEN_OFF,
    BATCHES_ACCEPTED,
    BATCHES_REJECTED,
    STORES_CLEARED,
    KEYS_EXPIRED,
    KILLS,
    POWER_CUTS,
    DEATHS_WHILE_OPENING,
    FAILURES_WHILE_OPENING,
    STOPPED_STORES,
    STOPS_EXPLAINED,
    TAILS_CUT,
    LOGS_OF_SEVERAL_SEGMENTS,
    CLEAN_CLOSES,
    MISSING_SEGMENTS_NOTICED,
    SNAPSHOTS_TAKEN,
    SNAPSHOTS_FAILED,
    SNAPSHOTS_LOADED,
    SNAPSHOTS_PASSED_OVER,
    SEGMENTS_RELEASED,
    BACKUPS_MADE,
    BACKUPS_BROKEN_OFF,
    BACKUPS_FAILED,
    DAMAGES_REFUSED,
    DAMAGES_SURVIVED,
    READS_BESIDE_A_WRITER(Trouble.READERS_BESIDE_A_WRITER),
    READS_AFTERWARDS(Trouble.TOOLS_AFTERWARDS),
    SECOND_OPENINGS_REFUSED(Trouble.SECOND_OPENING);

    /** Without which nobody gets into it; {@code null} if it takes none. */
    private final Trouble trouble;

    private final LongAdder count = new LongAdder();

    SimulationCoverage() {
        this(null);
    }

    SimulationCoverage(Trouble trouble) {
        this.trouble = trouble;
    }

    /** Whether many simulations get into it. */
    boolean isExpected() {
        return trouble == null || Trouble.ON.contains(trouble);
    }

    void met() {
        count.increment();
    }

    long count() {
        return count.sum();
    }

    /** All of them, as text. */
    static String counts() {
        return Arrays.stream(values())
                .map(situation -> String.format(
                        Locale.ROOT,
                        "%,d %s",
                        situation.count(),
                        situation.name().toLowerCase(Locale.ROOT).replace('_', ' ')))
                .collect(Collectors.joining(", "));
    }
}
