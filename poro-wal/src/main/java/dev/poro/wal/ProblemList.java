package dev.poro.wal;

import java.util.ArrayList;
import java.util.List;

/**
 * The problems of a log in the order in which they are found. A problem is open until reading continues after it: only
 * then is it known which events are missing. Bounded in size. Not thread-safe.
 */
final class ProblemList {
    /** Further problems are only counted. */
    static final int MAX_LISTED = 1_000;

    private final long firstWanted;
    private final List<Place> places = new ArrayList<>();
    private int firstOpen;
    private boolean anyOpen;
    private boolean mayHaveCost;
    private long count;
    private long bytes;

    /** @param firstWanted the first event that matters; earlier ones may be missing */
    ProblemList(long firstWanted) {
        this.firstWanted = firstWanted;
    }

    /** A problem that may have cost events. */
    void add(String file, long from, long to, String cause) {
        add(new Place(file, from, to, cause));
        anyOpen = true;
    }

    /** A problem that has cost these events, and perhaps later ones. */
    void add(String file, long from, long to, String cause, long firstSequence, long lastSequence) {
        Place place = new Place(file, from, to, cause);
        place.firstSequence = firstSequence;
        place.lastSequence = lastSequence;
        add(place);
        anyOpen = true;
        mayHaveCost |= lastSequence >= firstWanted;
    }

    /** A problem that has cost no event. Extends the last problem if that ends here and has the same cause. */
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

    /** Whether a problem since reading last continued may have cost events. */
    boolean hasOpen() {
        return anyOpen;
    }

    /** Reading continues. The open problems have cost these events: none if the last is less than the first. */
    void settle(long firstMissing, long lastMissing) {
        if (lastMissing >= firstMissing) {
            mayHaveCost |= lastMissing >= firstWanted;
            settleAs(firstMissing, lastMissing);
        }
        firstOpen = places.size();
        anyOpen = false;
    }

    /** The log has ended. The open problems may have cost events from this sequence on. */
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

    /** Whether an event is missing or may be missing. */
    boolean mayHaveCost() {
        return mayHaveCost;
    }

    /** The first {@link #MAX_LISTED} problems. */
    List<LogProblem> listed() {
        return places.stream().map(Place::toProblem).toList();
    }

    /** The number of problems, listed or not. */
    long count() {
        return count;
    }

    /** Bytes of all problems. */
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
