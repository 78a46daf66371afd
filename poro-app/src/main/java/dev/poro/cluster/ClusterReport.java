package dev.poro.cluster;

/**
 * What a node knows of its cluster at one moment.
 *
 * @param node the number of this node
 * @param nodes how many there are
 * @param leader the number of the node that leads; -1 if none is known
 * @param isLeader whether this node leads, and reaches a majority
 * @param isConnected whether this node reaches the leader: changes and current reads are possible
 * @param leaderHost where clients of Redis reach the leader; empty if that is not known
 * @param leaderPort the port of it
 * @param term how often a leader was elected; -1 before the first
 * @param position of the last message of the cluster's log that came here
 * @param snapshotPosition of the last snapshot of the cluster; 0 if there is none
 */
public record ClusterReport(
        int node,
        int nodes,
        int leader,
        boolean isLeader,
        boolean isConnected,
        String leaderHost,
        int leaderPort,
        long term,
        long position,
        long snapshotPosition) {}
