package dev.poro.server;

import dev.poro.engine.FileSource;
import java.util.function.BiConsumer;

/**
 * The cluster that a served store belongs to, as its server sees it; see {@link PoroServerBuilder#cluster}.
 * Thread-safe.
 */
public interface ServerCluster {
    /**
     * Returns when the store has everything that any node has acknowledged before this call.
     *
     * @throws dev.poro.engine.NotCommittedException if that cannot be told
     */
    void barrier();

    /**
     * Sends a message to the subscribers of a channel on all nodes, this one among them.
     *
     * @return false if it was certainly not sent
     */
    boolean publish(byte[] channel, byte[] message);

    /** Who is told the messages of {@link #publish}, by a thread that must not wait. */
    void deliverTo(BiConsumer<byte[], byte[]> subscribers);

    /**
     * The files of this node, for another one that begins as a copy of it.
     *
     * @throws dev.poro.engine.PoroException if there are none now; the message says why
     */
    FileSource files();

    /** What INFO shows. */
    State state();

    /**
     * What a node knows of its cluster at one moment.
     *
     * @param node the number of this node
     * @param nodes how many there are
     * @param leader the number of the node that leads; -1 if none is known
     * @param isLeader whether this node leads
     * @param isConnected whether this node reaches the leader
     * @param leaderHost where clients reach the leader; empty if that is not known
     * @param leaderPort the port of it
     * @param term the leader's, which is higher for each one; -1 before the first
     * @param position in the cluster's log, of the last message that came here
     */
    record State(
            int node,
            int nodes,
            int leader,
            boolean isLeader,
            boolean isConnected,
            String leaderHost,
            int leaderPort,
            long term,
            long position) {}
}
