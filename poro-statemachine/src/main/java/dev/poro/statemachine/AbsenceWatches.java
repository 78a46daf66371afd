package dev.poro.statemachine;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The absent keys that somebody watches, by their hashes: two keys of the same hash are taken for one. A watch that
 * nobody refers to any more vanishes.
 *
 * <p>Thread-safe. Only the writer calls {@link #created}, which allocates nothing and costs one read while nobody
 * watches.
 */
final class AbsenceWatches {
    private static final int BUCKET_BITS = 8;

    /** Lists that never change: adding replaces the head, and leaves out what has vanished. */
    private final AtomicReferenceArray<Node> buckets = new AtomicReferenceArray<>(1 << BUCKET_BITS);

    /** Whether there was ever a watch. Most stores have none. */
    private volatile boolean isUsed;

    private static final class Node extends WeakReference<AbsenceWatch> {
        private final long hash;
        private final Node next;

        Node(AbsenceWatch watch, long hash, Node next) {
            super(watch);
            this.hash = hash;
            this.next = next;
        }
    }

    /** Notices each creation that begins after this call. */
    AbsenceWatch add(long hash) {
        isUsed = true;
        AbsenceWatch watch = new AbsenceWatch();
        buckets.updateAndGet(bucket(hash), head -> new Node(watch, hash, withoutVanished(head)));
        return watch;
    }

    private static Node withoutVanished(Node head) {
        Node kept = null;
        for (Node node = head; node != null; node = node.next) {
            AbsenceWatch watch = node.get();
            if (watch != null) {
                kept = new Node(watch, node.hash, kept);
            }
        }
        return kept;
    }

    /** Writer: a key of this hash was absent and is not any more. */
    void created(long hash) {
        if (isUsed) {
            for (Node node = buckets.get(bucket(hash)); node != null; node = node.next) {
                AbsenceWatch watch = node.hash == hash ? node.get() : null;
                if (watch != null) {
                    watch.keyCreated();
                }
            }
        }
    }

    /** The top bits choose the stripe and the page of a key; these are others. */
    private static int bucket(long hash) {
        return (int) hash & ((1 << BUCKET_BITS) - 1);
    }
}
