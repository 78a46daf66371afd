package dev.poro.statemachine;

/**
 * Touches the memory that a table will need next, while the writer fills what comes before: the system clears each page
 * when it is touched for the first time, which took nearly half of the time in which a large snapshot was loaded.
 *
 * <p>{@link #run} is for one thread beside the writer, and ends by itself. It stays within some distance of the writer,
 * so that figures that turn out to be wrong cost no memory. What the writer writes stays: {@link Arena#touch}.
 */
final class TouchAhead implements Runnable {
    private static final int MOST_PAGES_AHEAD = 64 << 20 >> ArenaDescriptor.PAGE_SHIFT;

    /**
     * Where the writer has caught up, it goes on itself, and what comes later is touched meanwhile: two threads at one
     * huge page would both clear it.
     */
    private static final int LEFT_TO_THE_WRITER = 4 << 20 >> ArenaDescriptor.PAGE_SHIFT;

    private static final long PAUSE_MILLIS = 1;

    private final Arena arena;
    private final int end;
    private boolean isStopped;

    /** @param pages how many pages of the pool will be taken in all */
    TouchAhead(Arena arena, long pages) {
        this.arena = arena;
        this.end = (int) Math.min(pages, arena.poolPages());
    }

    @Override
    public void run() {
        int next = 0;
        while (true) {
            int taken = takenPages();
            next = Math.max(next, taken + LEFT_TO_THE_WRITER);
            if (next >= end) {
                return;
            }
            boolean goesOn = next < taken + MOST_PAGES_AHEAD ? touch(next++) : pause();
            if (!goesOn) {
                return;
            }
        }
    }

    /** Synchronized for a page only, so that {@link #stop} waits no longer. */
    private synchronized boolean touch(int page) {
        if (!isStopped) {
            arena.touch(page);
        }
        return !isStopped;
    }

    private synchronized int takenPages() {
        return isStopped ? end : arena.touchedPages();
    }

    @SuppressWarnings("WaitNotInLoop") // An early wake-up only means an early look.
    private synchronized boolean pause() {
        try {
            if (!isStopped) {
                wait(PAUSE_MILLIS);
            }
            return !isStopped;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends {@link #run}, and prevents it if it has not begun: the memory may be released afterwards. */
    synchronized void stop() {
        isStopped = true;
        notifyAll();
    }
}
