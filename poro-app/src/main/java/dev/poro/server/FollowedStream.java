package dev.poro.server;

import dev.poro.engine.Change;
import dev.poro.engine.ChangeFeed;
import dev.poro.engine.Poro;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stream that a client follows. Belongs to its {@link ChangeReads}. */
final class FollowedStream {
    /** Of a reply, bytes of entries beyond which none is added. */
    private static final long MOST_BYTES = 1 << 20;

    /** Changes of all keys that one call looks at, for each stream. */
    private static final int MOST_LOOKS = 100_000;

    /** A client learns how far its stream is after so many changes that were not for it, or after such a time. */
    private static final int PASSED_OVER = 1_024;

    private static final long PASSED_OVER_NANOS = TimeUnit.SECONDS.toNanos(10);

    final ChangeStream stream;
    final ChangeFeed feed;
    /** Of the last entry that the client has got. */
    private ChangeId last;

    /** What the feed had looked at when {@link #last} was replied. */
    private long lookedAt;
    /** When it looked at the first change since then, by the clock of {@link System#nanoTime}; 0 if at none. */
    private long passedOverSince;

    final List<ChangeStream.Entry> entries = new ArrayList<>();

    FollowedStream(ChangeStream stream, ChangeFeed feed, ChangeId last) {
        this.stream = stream;
        this.feed = feed;
        this.last = last;
    }

    long passedOver() {
        return feed.lookedAt() - lookedAt;
    }

    void read(Poro poro, int count) {
        long bytes = 0;
        long begin = feed.lookedAt();
        while (entries.size() < count && bytes < MOST_BYTES) {
            long left = begin + MOST_LOOKS - feed.lookedAt();
            Change change = left <= 0 ? null : feed.poll((int) left);
            if (change == null) {
                break;
            }
            ChangeStream.Entry entry = stream.entry(poro, change);
            bytes += entry.length();
            add(entry);
        }
        if (passedOver() == 0) {
            passedOverSince = 0;
        } else if (passedOverSince == 0) {
            passedOverSince = System.nanoTime();
        }
    }

    void add(ChangeStream.Entry entry) {
        entries.add(entry);
        last = entry.id();
        lookedAt = feed.lookedAt();
        passedOverSince = 0;
    }

    boolean isPositionDue(long now) {
        return passedOver() >= PASSED_OVER || (passedOverSince != 0 && now - passedOverSince >= PASSED_OVER_NANOS);
    }

    /** Of the last entry that the client has got. */
    ChangeId last() {
        return last;
    }

    /** When {@link #isPositionDue} by time, if changes were passed over. */
    long positionDueAt() {
        return passedOverSince + PASSED_OVER_NANOS;
    }
}
