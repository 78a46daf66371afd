/**
 * A cluster of three nodes on this machine, beside one node: {@code perf/bin/cluster-figures}.
 *
 * <p>{@link dev.poro.perf.cluster.ClusterFigures} is the command. Every {@link dev.poro.perf.cluster.NodeProcess} is
 * the real program in a process of its own; {@link dev.poro.perf.cluster.Nodes} are those of a cluster. {@link
 * dev.poro.perf.cluster.WriteLoad} keeps a number of writes on their way and checks each reply; {@link
 * dev.poro.perf.cluster.LastingWriters} go on writing while nodes are killed.
 */
package dev.poro.perf.cluster;
