package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.PAGE_LENGTH;
import static dev.poro.statemachine.ArenaDescriptor.PAGE_SHIFT;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_SHIFT;

/**
 * Copies the entries of a table on any thread, without a lock, while the writer writes; in steps of a few home slots of
 * a range of hashes. A step is all or nothing: the stamps of all keys that may be in it are compared afterwards. As in
 * {@link EntryReader}, what an attempt reads until then may be torn, so page numbers are checked before they are
 * followed, and every loop is bounded.
 *
 * <p>A step first finds its references, then loads the first byte of all these entries, so that the waits for memory
 * overlap, and then copies them.
 *
 * <p>Immutable, shared by all threads. The caller keeps the arena reachable.
 */
final class ScanReader {
    private static final int HOMES_PER_STEP = 512;
    private static final int ATTEMPTS = 3;

    private final Arena arena;
    private final Index index;
    private final EntryReader entries;
    private final StripedSeqLock stamps;

    ScanReader(Arena arena, Index index, EntryReader entries, StripedSeqLock stamps) {
        this.arena = arena;
        this.index = index;
        this.entries = entries;
        this.stamps = stamps;
    }

    /**
     * Adds the entries of the next step and moves the position behind it.
     *
     * @return {@code false} if something changed during every attempt; then nothing was added
     */
    boolean read(ScanPosition position, ScannedEntries target) {
        if (position.isStart()) {
            position.move(0, depthOfPage(0), 0);
        }
        int countBefore = target.count();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            target.truncate(countBefore);
            long[] before = stamps.readAll(position.prefix(), position.depth());
            if (before != null
                    && collect(position, target)
                    && stamps.areUnchanged(position.prefix(), position.depth(), before)) {
                advance(position);
                return true;
            }
        }
        target.truncate(countBefore);
        return false;
    }

    /** The ranges need not be those of pages: any number of bits is right, if not as fast. */
    private int depthOfPage(long hash) {
        int number = index.page(hash);
        int depth = isPage(number) ? IndexPage.depth(arena.pageAddress(number)) : 0;
        return Math.max(0, Math.min(depth, Index.MAX_DEPTH));
    }

    private boolean isPage(int number) {
        return number > 0 && arena.contains((long) number << (PAGE_SHIFT - REFERENCE_SHIFT), PAGE_LENGTH);
    }

    /** Adds the entries of the step; {@code false} if the index is seen to change. */
    private boolean collect(ScanPosition position, ScannedEntries target) {
        if (!find(position, target)) {
            return false;
        }
        entries.prefetch(target);
        for (int i = 0; i < target.foundCount(); i++) {
            entries.copyLive(target.found(i), target);
        }
        return true;
    }

    private boolean find(ScanPosition position, ScannedEntries target) {
        int directoryDepth = index.directoryDepth();
        if (directoryDepth < 0 || directoryDepth > Index.MAX_DEPTH) {
            return false;
        }
        int shared = Math.min(position.depth(), directoryDepth);
        int at = Index.position(position.prefix(), directoryDepth);
        int end = at + (1 << (directoryDepth - shared));
        while (at < end) {
            int number = index.pageAt(at);
            if (!findInChain(number, position, target)) {
                return false;
            }
            int depth = IndexPage.depth(arena.pageAddress(number));
            if (depth < 0 || depth > directoryDepth) {
                return false;
            }
            at += 1 << (directoryDepth - Math.max(shared, depth));
        }
        return true;
    }

    private boolean findInChain(int first, ScanPosition position, ScannedEntries target) {
        int pages = 0;
        for (int number = first; number != Arena.NO_PAGE; ) {
            // A chain that changes may lead around in a circle.
            if (!isPage(number) || pages++ > arena.poolPages()) {
                return false;
            }
            long page = arena.pageAddress(number);
            IndexPage.forEachAtHome(page, position.home(), endOfStep(position), word -> {
                if (isInRange(word, position)) {
                    target.addFound(Index.reference(word));
                }
            });
            number = IndexPage.nextPage(page);
        }
        return true;
    }

    private static boolean isInRange(long word, ScanPosition position) {
        return (word ^ position.prefix()) >>> 1 >>> (Long.SIZE - 1 - position.depth()) == 0;
    }

    private static int endOfStep(ScanPosition position) {
        return Math.min(position.home() + HOMES_PER_STEP, IndexPage.SLOTS);
    }

    private void advance(ScanPosition position) {
        int home = endOfStep(position);
        if (home < IndexPage.SLOTS) {
            position.move(position.prefix(), position.depth(), home);
            return;
        }
        long next = position.depth() == 0 ? 0 : position.prefix() + (1L << -position.depth());
        if (next == 0) {
            position.end();
        } else {
            // If that page has been merged with the one before, only its upper half is still to come.
            int least = Long.SIZE - Long.numberOfTrailingZeros(next);
            position.move(next, Math.max(depthOfPage(next), least), 0);
        }
    }
}
