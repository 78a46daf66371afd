package dev.poro.engine;

import dev.poro.events.ChangeKind;
import dev.poro.events.RawMemory;
import dev.poro.wal.ChangeReader;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The changes of a store from a place on, in order, each exactly once, none left out, and then those to come. Under
 * every {@link SyncPolicy}, only changes that survive a power cut are delivered: under {@link SyncPolicy#ALWAYS} at
 * once, otherwise the log is fsynced for a reader that waits, within about a tenth of a second, or a second beside a
 * busy writer.
 *
 * <pre>{@code
 * try (ChangeFeed feed = poro.changes().after(position).prefix("user:").open()) {
 *     Change change = feed.next(Duration.ofSeconds(1));      // null: there was none
 *     position = feed.position();                            // keep it, and go on there, in another process too
 * }
 * }</pre>
 *
 * <p>A slow reader hinders no writer: if it is so slow that what it wants is no longer kept, it gets a {@link
 * PositionLostException}. Used by one thread at a time.
 */
public final class ChangeFeed implements AutoCloseable {
    /** A reader that waits looks so often by itself: it may have the log forced, and notices that the store stopped. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * A reader that has caught up sleeps so long before it has a writer wake it. Otherwise each change of a busy writer
     * would cost it a wake-up.
     */
    private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private final ChangeSource source;
    private final ChangeCursor cursor;
    private final byte[] prefix;
    /** What happened earlier by the wall clock is passed over, in milliseconds since 1970. */
    private final long fromMillis;

    private final NewsFlag news = new NewsFlag();
    private boolean isClosed;
    private long lookedAt;

    /** How far the log must be forced so that a change log that is behind ends there; 0 if it is not behind. */
    private long endOfBehind;

    ChangeFeed(ChangeSource source, long sequence, int index, byte[] prefix, long fromMillis) {
        this.source = source;
        this.cursor = new ChangeCursor(source, sequence, index);
        this.prefix = prefix;
        this.fromMillis = fromMillis;
    }

    /**
     * The next change. Waits for it if there is none. An interrupt ends the wait, and the interrupt status stays.
     *
     * @param timeout for how long to wait at most; zero or less to wait not at all
     * @return {@code null} if there was none
     * @throws PositionLostException if the next change is no longer kept
     * @throws PoroException if changes cannot be read, or the last ones could not be written
     * @throws StoreClosedException if the store is closed, also while this waits
     * @throws StoreFailedException if the store has stopped and there are no more changes, also while this waits
     * @throws IllegalStateException if the feed is closed
     */
    public Change next(Duration timeout) {
        long nanos = nanosOf(Objects.requireNonNull(timeout, "timeout"));
        long begin = System.nanoTime();
        Change change = read(Integer.MAX_VALUE);
        boolean hasNapped = false;
        try {
            while (change == null) {
                long left = nanos - (System.nanoTime() - begin);
                if (left <= 0 || Thread.currentThread().isInterrupted()) {
                    return null;
                }
                if (news.isAwaited()) {
                    source.requestVisible();
                    LockSupport.parkNanos(this, Math.min(left, LOOK_NANOS));
                } else if (hasNapped) {
                    news.await(source);
                    hasNapped = false;
                } else {
                    LockSupport.parkNanos(this, Math.min(left, NAP_NANOS));
                    hasNapped = true;
                }
                change = read(Integer.MAX_VALUE);
            }
            return change;
        } finally {
            news.cancel(source);
        }
    }

    /** About 292 years for what is longer. */
    private static long nanosOf(Duration timeout) {
        try {
            return timeout.toNanos();
        } catch (ArithmeticException e) {
            return timeout.isNegative() ? 0 : Long.MAX_VALUE;
        }
    }

    /**
     * The next change, if it is there and among the next so many of all keys: for a caller that must not take long.
     * Otherwise as {@link #next}, without a wait.
     *
     * @param most changes to look at, 1 or more; {@link #position} says how far that led
     * @return {@code null} if there was none
     */
    public Change poll(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("looks at " + most + " changes: 1 or more");
        }
        Change change = read(most);
        if (change == null) {
            source.requestVisible();
        }
        return change;
    }

    /** Moves to the next wanted change of the events up to a sequence; {@code false} if there is none. */
    boolean isNextWanted(long last) {
        while (cursor.next() && cursor.sequence() <= last) {
            if (isWanted(cursor.reader())) {
                return true;
            }
        }
        return false;
    }

    private Change read(int most) {
        if (isClosed) {
            throw new IllegalStateException("the feed is closed");
        }
        source.requireOpen();
        for (int looked = 0; looked < most; looked++) {
            if (!cursor.next()) {
                requireMoreToCome();
                return null;
            }
            lookedAt++;
            if (isWanted(cursor.reader())) {
                return cursor.change();
            }
        }
        return null;
    }

    private void requireMoreToCome() {
        source.requireGoingOn();
        PoroException behind = source.behind();
        if (behind == null) {
            return;
        }
        if (endOfBehind == 0) {
            endOfBehind = source.latest();
        }
        if (source.visible() >= endOfBehind) {
            throw behind;
        }
    }

    /** CLEARED concerns each key, whatever it begins with. */
    private boolean isWanted(ChangeReader change) {
        return change.latestWallClock() >= fromMillis
                && (change.kind() == ChangeKind.CLEARED
                        || (change.keyLength() >= prefix.length
                                && RawMemory.equal(change.keyAddress(), prefix, 0, prefix.length)));
    }

    /**
     * Where the feed is: after the last change that it looked at, also of one that its prefix leaves out. A feed {@link
     * Changes#after} it goes on there.
     */
    public ChangePosition position() {
        return source.position(cursor.sequence(), cursor.index());
    }

    /** How many changes it has looked at so far, with those that its prefix leaves out. */
    public long lookedAt() {
        return lookedAt;
    }

    /**
     * Gives back the file and the memory that the feed holds, and keeps its place: for a feed that is not read for a
     * while. The next call takes them again, which costs as much as to find a place.
     */
    public void rest() {
        cursor.close();
    }

    /** Closes the files. Idempotent. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            cursor.close();
        }
    }

    /** Wakes the reader once there is news. Belongs to the reader, but for {@link #run}. */
    private static final class NewsFlag implements Runnable {
        private volatile Thread waiter;

        /** Whether the reader waits, and was not told yet. */
        boolean isAwaited() {
            return waiter != null;
        }

        void await(ChangeSource source) {
            waiter = Thread.currentThread();
            source.log().tellOnce(this);
        }

        void cancel(ChangeSource source) {
            if (waiter != null) {
                waiter = null;
                source.log().cancel(this);
            }
        }

        @Override
        public void run() {
            Thread told = waiter;
            waiter = null;
            LockSupport.unpark(told);
        }
    }
}
