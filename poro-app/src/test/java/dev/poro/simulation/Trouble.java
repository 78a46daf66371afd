package dev.poro.simulation;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Kinds of trouble that a {@link Simulation} has in store beyond crashes and failing calls. Each plan meets about half
 * of those that are {@link #ON}: all, or {@code -Dporo.simulation.troubles=LOST_NAMES,STALE_BLOCKS} alone.
 */
enum Trouble {
    /** Failures are told in another language, or without a word. */
    FOREIGN_ERRORS,
    /** Too many open files, a quota, a limit of a file's length, no addresses for a mapping. */
    MORE_ERRORS,
    /** A close fails: nothing else stays open for it. */
    FAILED_CLOSE,
    /** Whatever call it is that fails while the next segment is prepared: the store refuses, and does not stop. */
    FAILED_PREPARATION,
    /** The same of a snapshot: only the snapshot fails. */
    FAILED_SNAPSHOT,
    /** The system gives no more threads while a store is opened or a backup made. */
    NO_THREADS,
    /** A force of the directory that fails loses the names. */
    LOST_NAMES,
    /** After a power cut blocks that were never written show what they held before. */
    STALE_BLOCKS,
    /** The clock is set forward and back by years. */
    CLOCK_JUMPS,
    /** One party is not given any time for long. */
    STARVATION,
    /** Others try to open the log meanwhile. */
    SECOND_OPENING,
    /** Tools read the log while it is written. */
    READERS_BESIDE_A_WRITER,
    /** Tools read what a crash, a failure or damage has left; what they say and exit with is judged. */
    TOOLS_AFTERWARDS;

    /** Those that plans choose from. */
    static final Set<Trouble> ON = Collections.unmodifiableSet(chosen(System.getProperty("poro.simulation.troubles")));

    private static EnumSet<Trouble> chosen(String names) {
        if (names == null) {
            return EnumSet.allOf(Trouble.class);
        }
        EnumSet<Trouble> chosen = EnumSet.noneOf(Trouble.class);
        Arrays.stream(names.split(","))
                .filter(name -> !name.isEmpty())
                .map(Trouble::valueOf)
                .forEach(chosen::add);
        return chosen;
    }
}
