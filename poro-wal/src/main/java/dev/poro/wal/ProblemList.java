package dev.poro.wal;

import java.util.ArrayList;
import java.util.List;

/**
 * The problems of a log in the order in which they are met. Which events are missing because of one is known when
 * reading goes on behind it; until then it is open. Bounded, whatever a log holds. Not thread-safe.
 */
final class ProblemList {
    /** More than anyone reads; further ones are only counted. */
    static final int MAX_LISTED = 1_000;

    private final long firstWanted;
    private final List<Place> places = new ArrayList<>();
    private int firstOpen;
    private boolean anyOpen;
    private boolean mayHaveCost;
    private long count;
    private long bytes;

    /** @param firstWanted the first event that matters; it costs nothing if one before it is missing */
    ProblemList(long firstWanted) {
        this.firstWanted = firstWanted;
    }

    /** A problem that may have cost events. */
    void add(String file, long from, long to, String cause) {
        add(new Place(file, from, to, cause));
        anyOpen = true;
    }

    /** A problem that has cost these events, and perhaps those behind them. */
    void add(String file, long from, long to, String cause, long firstSequence, long lastSequence) {
        Place place = new Place(file, from, to, cause);
        place.firstSequence = firstSequence;
        place.lastSequence = lastSequence;
        add(place);
        anyOpen = true;
        mayHaveCost |= lastSequence >= firstWanted;
    }

    /** A problem that has cost no event. Adds to the last one if that ends here and has the same cause. */
    void addHarmless(String file, long from, long to, String cause) {
        Place last = places.isEmpty() ? null : places.get(places.size() - 1);
        if (last != null && last.to == from && last.file.equals(file) && last.cause.equals(cause)) {
            last.to = to;
            bytes += to - from;
            return;
        }
        Place place = new Place(file, from, to, cause);
        place.harmless = true;
        add(place);
    }

    private void add(Place place) {
        count++;
        bytes += place.to - place.from;
        if (places.size() < MAX_LISTED) {
            places.add(place);
        }
    }

    /** Whether there is a problem, since reading last went on, that may have cost events. */
    boolean hasOpen() {
        return anyOpen;
    }

    /** Reading goes on. The open problems have cost these events: none, if the last is less than the first. */
    void settle(long firstMissing, long lastMissing) {
        if (lastMissing >= firstMissing) {
            mayHaveCost |= lastMissing >= firstWanted;
            settleAs(firstMissing, lastMissing);
        }
        firstOpen = places.size();
        anyOpen = false;
    }

    /** There is nothing more to read. The open problems may have cost events from this sequence on. */
    void end(long firstMissing) {
        mayHaveCost |= anyOpen;
        settleAs(firstMissing == 0 ? LogProblem.UNKNOWN : firstMissing, LogProblem.UNKNOWN);
    }

    private void settleAs(long firstMissing, long lastMissing) {
        for (Place place : places.subList(firstOpen, places.size())) {
            if (!place.harmless && place.firstSequence == LogProblem.NONE) {
                place.firstSequence = firstMissing;
                place.lastSequence = lastMissing;
            } else if (!place.harmless && lastMissing != LogProblem.UNKNOWN) {
                place.lastSequence = lastMissing;
            }
        }
    }

    /** Whether an event is missing, or may be. */
    boolean mayHaveCost() {
        return mayHaveCost;
    }

    /** The first of them. */
    List<LogProblem> listed() {
        return places.stream().map(Place::toProblem).toList();
    }

    /** How many there are, listed or not. */
    long count() {
        return count;
    }

    /** Bytes of all of them. */
    long bytes() {
        return bytes;
    }

    private static final class Place {
        private final String file;
        private final long from;
        private final String cause;
        private long to;
        private boolean harmless;
        private long firstSequence = LogProblem.NONE;
        private long lastSequence = LogProblem.NONE;

        Place(String file, long from, long to, String cause) {
            this.file = file;
            this.from = from;
            this.to = to;
            this.cause = cause;
        }

        LogProblem toProblem() {
            return new LogProblem(file, from, to - from, firstSequence, lastSequence, cause);
        }
    }
}
