/**
 * A store on several machines: each node is an ordinary store, and Aeron Cluster (Raft) orders what all of them apply.
 * {@link dev.poro.cluster.ClusterNode} is the way in. Needs Aeron Cluster, an optional dependency.
 *
 * <pre>
 *   Poro ──▶ Replicator.send ──▶ Outbox ──▶ ClusterClient ──ingress──▶ the leader's consensus module
 *    ▲                                                                        │ a majority has it
 *    │                                                                        ▼
 *    └── Replica.committed ◀── NodeService ◀──────────────────────── the cluster's log, on every node
 * </pre>
 *
 * <p>A message is one event or one run of them, in the form of the log. On every node the service hands it to the store
 * with its time, its term and its position; on the node that has sent it, whoever waits for it gets its outcome.
 *
 * <p>Threads of a node: the media driver, the archive, the consensus module and the service, by Aeron; {@code
 * ClusterClient} sends; {@code Keeper} does what a leader does unasked.
 *
 * <p>What must hold, and where it is kept:
 *
 * <ul>
 *   <li>Everything that a node applies is a function of the cluster's log alone: {@code NodeService},
 *       {@code ClusterTime}, {@code Fences}. So sequences, outcomes and digests are equal on all nodes at equal
 *       positions.
 *   <li>A message counts once at most, although it is sent again when a leader is lost: {@code Fences}.
 *   <li>Nothing is passed over by mistake: the store knows its cluster, and the term and position of its last message.
 *   <li>A node that cannot apply a message applies no later one: {@code NodeFailure}.
 *   <li>A read is current once a barrier that was sent after it came has come back: {@code ClusterNode.barrier}.
 *   <li>A node that has lost its files, or a part of the cluster's log, does not vote: {@code
 *       ClusterNode.requireRightFiles}, {@code OwnLog}. Votes are forced under every policy: {@code ClusterSettings}.
 *       It begins again as a copy that has everything which was acknowledged: {@link dev.poro.cluster.ClusterJoin},
 *       {@code NodeFiles}.
 *   <li>What a disk has damaged in the cluster's log is not applied: {@code FragmentChecksum}.
 *   <li>The cluster's log is as durable as the stores are: forced with each message, or each second by {@code
 *       ArchiveForcer}.
 * </ul>
 *
 * <p>The cluster's snapshots hold no data, see {@code NodeSnapshot}: data is in the log of each node, which has
 * snapshots of its own.
 */
package dev.poro.cluster;
