package dev.poro.server;

import dev.poro.engine.Changes;
import dev.poro.engine.PoroException;
import io.netty.util.concurrent.EventExecutor;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The clients that wait for changes. The store tells of news on a thread that writes, for which one task to wake all of
 * them is not much. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class ChangeWaits implements Runnable {
    private static final long LOOK_MS = 100;

    /** Each has a file open, and some 64 KiB of memory. */
    private static final int MOST_FEEDS = 2_000;

    private final ServerContext server;
    private final Set<ChangeWait> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isTold = new AtomicBoolean();
    private final AtomicBoolean isLooking = new AtomicBoolean();
    private final AtomicInteger feeds = new AtomicInteger();
    private volatile boolean isEnded;

    ChangeWaits(ServerContext server) {
        this.server = server;
    }

    /** One who waits. */
    interface ChangeWait {
        /** There may be more, or it is time: look again. On any thread; must not wait. */
        void wake();

        /** By the clock of {@link System#nanoTime}, when to look again without news. */
        long until();

        /** A loop that lives as long as the wait. */
        EventExecutor loop();
    }

    /**
     * Has someone woken when there may be more changes. What there is before this call does not count: look again.
     *
     * @throws PoroException if no more will come, because the store is closed or has stopped
     */
    void add(Changes changes, ChangeWait wait) {
        waiting.add(wait);
        changes.tellOnce(this);
        lookLater(wait);
    }

    void remove(ChangeWait wait) {
        waiting.remove(wait);
    }

    /** The server is closing: nobody waits any more. */
    void end() {
        isEnded = true;
        waiting.forEach(ChangeWait::wake);
    }

    boolean isEnded() {
        return isEnded;
    }

    /**
     * A client begins to read a stream.
     *
     * @throws PoroException if so many do already
     */
    void beginFeed() {
        if (feeds.incrementAndGet() > MOST_FEEDS) {
            feeds.decrementAndGet();
            throw new PoroException("too many streams of changes are being read: the limit is " + MOST_FEEDS, null);
        }
    }

    void endFeed() {
        feeds.decrementAndGet();
    }

    /** For tests. */
    int feeds() {
        return feeds.get();
    }

    /** How many clients wait. */
    int count() {
        return waiting.size();
    }

    /** There is news. On a thread that writes. */
    @Override
    public void run() {
        if (isTold.compareAndSet(false, true)) {
            try {
                server.workers().execute(this::wakeAll);
            } catch (RejectedExecutionException e) {
                isTold.set(false); // the server is closed
            }
        }
    }

    private void wakeAll() {
        isTold.set(false);
        waiting.forEach(ChangeWait::wake);
    }

    /** While somebody waits, one look a tenth of a second for all of them. */
    private void lookLater(ChangeWait wait) {
        if (isLooking.compareAndSet(false, true)) {
            try {
                wait.loop().schedule(this::look, LOOK_MS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                isLooking.set(false); // the server is closed
            }
        }
    }

    private void look() {
        isLooking.set(false);
        long now = System.nanoTime();
        ChangeWait any = null;
        for (ChangeWait wait : waiting) {
            any = wait;
            if (wait.until() - now <= 0) {
                wait.wake();
            }
        }
        if (any == null) {
            return;
        }
        try {
            server.poro().changes().tellOnce(this);
        } catch (PoroException e) {
            wakeAll(); // each of them will find out
        }
        lookLater(any);
    }
}
