package dev.poro.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Which messages of each node count: those of its last epoch. A node begins an epoch when it connects, and when there
 * is a new leader, by a FENCE. Once that has come back, every message of an earlier epoch that has not come will never
 * count, and so may be sent again: none counts twice, whatever the network still holds.
 *
 * <p>A function of the cluster's log alone, and part of its snapshots: equal on all nodes at equal positions. Changed
 * by the thread of the service; others may ask {@link #of}.
 */
final class Fences {
    /** Replaced, never changed. */
    private volatile Map<Integer, Fence> fences = Map.of();

    /**
     * The last epoch of a node.
     *
     * @param host where clients of Redis reach the node; empty if it serves none
     */
    record Fence(long incarnation, int epoch, String host, int port) {}

    /** A fence that has come late, of a connection before, changes nothing. */
    void raise(int node, Fence fence) {
        if (isBehind(fence, fences.get(node))) {
            return;
        }
        Map<Integer, Fence> changed = new TreeMap<>(fences);
        changed.put(node, fence);
        fences = changed;
    }

    private static boolean isBehind(Fence fence, Fence last) {
        return last != null && last.incarnation == fence.incarnation && fence.epoch < last.epoch;
    }

    boolean admits(int node, long incarnation, int epoch) {
        Fence fence = fences.get(node);
        return fence != null && fence.incarnation == incarnation && fence.epoch == epoch;
    }

    /** {@code null} if the node was never seen. */
    Fence of(int node) {
        return fences.get(node);
    }

    /** Returns where it ends. */
    int encode(MutableDirectBuffer buffer, int offset) {
        int at = offset;
        buffer.putInt(at, fences.size(), MessageDescriptor.ORDER);
        at += Integer.BYTES;
        for (Map.Entry<Integer, Fence> entry : fences.entrySet()) {
            Fence fence = entry.getValue();
            byte[] host = fence.host.getBytes(StandardCharsets.UTF_8);
            buffer.putInt(at, entry.getKey(), MessageDescriptor.ORDER);
            buffer.putLong(at + 4, fence.incarnation, MessageDescriptor.ORDER);
            buffer.putInt(at + 12, fence.epoch, MessageDescriptor.ORDER);
            buffer.putInt(at + 16, fence.port, MessageDescriptor.ORDER);
            buffer.putInt(at + 20, host.length, MessageDescriptor.ORDER);
            buffer.putBytes(at + 24, host);
            at += 24 + host.length;
        }
        return at;
    }

    /** Takes what {@link #encode} has written. */
    void decode(DirectBuffer buffer, int offset) {
        Map<Integer, Fence> read = new TreeMap<>();
        int at = offset + Integer.BYTES;
        for (int count = buffer.getInt(offset, MessageDescriptor.ORDER); count > 0; count--) {
            byte[] host = new byte[buffer.getInt(at + 20, MessageDescriptor.ORDER)];
            buffer.getBytes(at + 24, host);
            read.put(
                    buffer.getInt(at, MessageDescriptor.ORDER),
                    new Fence(
                            buffer.getLong(at + 4, MessageDescriptor.ORDER),
                            buffer.getInt(at + 12, MessageDescriptor.ORDER),
                            new String(host, StandardCharsets.UTF_8),
                            buffer.getInt(at + 16, MessageDescriptor.ORDER)));
            at += 24 + host.length;
        }
        fences = read;
    }
}
