package dev.poro.cluster;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How far the other nodes have come at least, as their messages show: a node sends nothing but fences before it has
 * caught up. Of one that was not heard since this process began, nothing is known: it may be far behind. Told by the
 * service's thread; any other may ask.
 */
final class MemberProgress {
    private final int self;
    private final int[] nodes;
    private final AtomicLongArray positions;

    /** @param self the number of this node, which does not count */
    MemberProgress(ClusterMembers members, int self) {
        this.self = self;
        this.nodes = members.all().stream().mapToInt(ClusterMember::id).toArray();
        this.positions = new AtomicLongArray(nodes.length);
    }

    /** A message of a node, other than a fence, is at a position of the cluster's log. */
    void heard(int node, long position) {
        int index = Arrays.binarySearch(nodes, node);
        if (index >= 0) {
            positions.setOpaque(index, position);
        }
    }

    /**
     * The position from which on the other nodes may need the cluster's log. A node that is too far behind is given up.
     *
     * @param position of this node
     * @param limit how much of the log is kept for another node at most, in bytes
     */
    long needed(long position, long limit) {
        long slowest = position;
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] != self) {
                slowest = Math.min(slowest, positions.getOpaque(i));
            }
        }
        return Math.max(slowest, position - limit);
    }
}
