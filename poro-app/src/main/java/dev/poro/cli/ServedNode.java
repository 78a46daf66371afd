package dev.poro.cli;

import dev.poro.cluster.ClusterNode;
import dev.poro.cluster.ClusterReport;
import dev.poro.engine.FileSource;
import dev.poro.server.ServerCluster;
import java.util.function.BiConsumer;

/** A node of a cluster, as a server sees it: the two packages do not know each other. */
record ServedNode(ClusterNode node) implements ServerCluster {
    @Override
    public void barrier() {
        node.barrier();
    }

    @Override
    public boolean publish(byte[] channel, byte[] message) {
        return node.publish(channel, message);
    }

    @Override
    public void deliverTo(BiConsumer<byte[], byte[]> subscribers) {
        node.deliverTo(subscribers);
    }

    @Override
    public FileSource files() {
        return node.files();
    }

    @Override
    public State state() {
        ClusterReport report = node.report();
        return new State(
                report.node(),
                report.nodes(),
                report.leader(),
                report.isLeader(),
                report.isConnected(),
                report.leaderHost(),
                report.leaderPort(),
                report.term(),
                report.position());
    }
}
