package dev.poro.engine;

import java.time.Instant;
import java.util.Objects;

/**
 * The changes that a store keeps, see {@link PoroBuilder#changes}: which of them to read, and from where on. {@link
 * #open} begins. Without a place, all that are kept. Not thread-safe.
 */
public final class Changes {
    private static final byte[] ALL = {};

    private final ChangeSource source;
    private byte[] prefix = ALL;
    private long sequence;
    private int index;
    private long fromMillis;

    Changes(ChangeSource source) {
        this.source = source;
        fromEarliest();
    }

    /**
     * From the first change of an event or a later one. {@code from(n + 1)}, with the {@code n} that {@link
     * Poro#forEachAt} returned, are those after the contents that it showed.
     *
     * @param first the sequence of the event, 0 or more; of the last event, at most the next one
     */
    public Changes from(long first) {
        if (first < 0) {
            throw new IllegalArgumentException("changes from sequence " + first + " on: 0 or more");
        }
        return place(Math.max(0, first - 1), ChangePosition.END_OF_EVENT, Long.MIN_VALUE);
    }

    /**
     * After the change at which another feed was.
     *
     * @throws PositionLostException if it was a feed of another log, or what it had read happened there after this log
     *     has branched off
     */
    public Changes after(ChangePosition position) {
        Objects.requireNonNull(position, "position");
        if (!source.owns(position)) {
            throw source.ofOtherLog(position);
        }
        return place(position.sequence(), position.index(), Long.MIN_VALUE);
    }

    /**
     * After a change, for those who keep positions in a form of their own.
     *
     * @param newBranch of the change, as {@link #branch} said it
     * @throws PositionLostException if the change of that sequence is of another branch here
     */
    public Changes after(long newSequence, int newIndex, int newBranch) {
        if (newSequence < 0 || newIndex < 0) {
            throw new IllegalArgumentException("no position: sequence " + newSequence + ", index " + newIndex);
        }
        if (newBranch != source.branch(newSequence)) {
            throw source.ofOtherBranch(newSequence);
        }
        return place(newSequence, newIndex, Long.MIN_VALUE);
    }

    /**
     * From the first change that happened at a time or later. As in {@code restore --until}, what counts is the latest
     * time that the machine's clock had shown until then, to the millisecond.
     */
    public Changes from(Instant time) {
        long millis = Objects.requireNonNull(time, "time").toEpochMilli();
        return place(source.base(), ChangePosition.END_OF_EVENT, millis);
    }

    /** From the earliest change that is kept. */
    public Changes fromEarliest() {
        return place(source.base(), ChangePosition.END_OF_EVENT, Long.MIN_VALUE);
    }

    /** After what survives a power cut now: under {@link SyncPolicy#ALWAYS}, after all that has happened. */
    public Changes fromNow() {
        return place(source.visible(), ChangePosition.END_OF_EVENT, Long.MIN_VALUE);
    }

    private Changes place(long newSequence, int newIndex, long newMillis) {
        sequence = newSequence;
        index = newIndex;
        fromMillis = newMillis;
        return this;
    }

    /** Only changes of keys that begin with these bytes, and those that clear the store. All are read for it. */
    public Changes prefix(byte[] bytes) {
        prefix = Objects.requireNonNull(bytes, "prefix").clone();
        return this;
    }

    /** {@link #prefix(byte[])} in UTF-8. */
    public Changes prefix(String text) {
        return prefix(Utf8.encode(text, "prefix"));
    }

    /**
     * A feed right before the first change that was asked for.
     *
     * @throws PositionLostException if it may no longer be kept, or the place is after the end of the log
     * @throws StoreClosedException if the store is closed
     */
    public ChangeFeed open() {
        source.requireOpen();
        if (sequence > source.latest()) {
            throw source.afterEnd(sequence);
        }
        if (fromMillis != Long.MIN_VALUE) {
            findTime();
        }
        return new ChangeFeed(source, sequence, index, prefix, fromMillis);
    }

    /** If the first change that is kept is of the time or later, others before it may have been, too. */
    private void findTime() {
        long base = source.base();
        ChangePosition last = source.lastUntil(fromMillis - 1);
        if (last == null && base > 0 && (source.hasChanges() || System.currentTimeMillis() >= fromMillis)) {
            throw source.beforeTime(Instant.ofEpochMilli(fromMillis));
        }
        if (last == null) {
            place(base, ChangePosition.END_OF_EVENT, fromMillis);
        } else if (last.sequence() <= source.visible()) {
            place(last.sequence(), last.index(), fromMillis);
        } else {
            place(source.visible(), ChangePosition.END_OF_EVENT, fromMillis);
        }
    }

    /** Where a feed would be that has read all that survives a power cut now: see {@link #fromNow}. */
    public ChangePosition now() {
        return source.position(source.visible(), ChangePosition.END_OF_EVENT);
    }

    /**
     * Which branch the changes of an event are of, for those who show positions in a form of their own: 0 unless the
     * store was restored from another one, or opened from a backup, and the event happened after that. Then a number of
     * this branch, from 1 to 2^31 - 1.
     *
     * @param sequence of the event
     */
    public int branch(long sequence) {
        return source.branch(sequence);
    }

    /** All changes of events from this sequence on are kept. */
    public long earliest() {
        return source.base() + 1;
    }

    /**
     * The value that a change replaced or removed: that of the change of the same key at {@link Change#previous}.
     *
     * @return {@code null} if there was none, or it is no longer kept
     * @throws PoroException if changes cannot be read
     */
    public byte[] valueBefore(Change change) {
        long previous = Objects.requireNonNull(change, "change").previous();
        source.requireOpen();
        if (previous <= source.base()) {
            return null;
        }
        return source.valueAt(change.key(), previous);
    }

    /**
     * How many changes there are from the place on that survive a power cut now, with the prefix that was set. Reads
     * all of them.
     */
    public long count() {
        long count = 0;
        long visible = source.visible();
        try (ChangeFeed feed = open()) {
            while (feed.isNextWanted(visible)) {
                count++;
            }
        }
        return count;
    }

    /**
     * Has someone told, once, when there may be more changes or the store is closed, instead of a thread that waits in
     * {@link ChangeFeed#next}. Look by {@link ChangeFeed#poll} after this call. While you wait, call it again about ten
     * times a second: it has the log fsynced if need be, and notices a store that has stopped.
     *
     * @param told called by a thread that writes, for which it must be quick and throw nothing. The same one is told
     *     once, however often this was called
     * @throws StoreClosedException if the store is closed
     * @throws StoreFailedException if the store has stopped
     */
    public void tellOnce(Runnable told) {
        source.requireGoingOn();
        source.log().tellOnce(Objects.requireNonNull(told, "told"));
        source.requestVisible();
    }
}
