package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes in one process, as an embedder may have one: they order, apply and answer. */
@Timeout(120)
class ClusterNodeTest {
    @TempDir
    private Path directory;

    private ClusterNode start(ClusterMembers members, int id) {
        return ClusterNode.of(members, id)
                .directory(directory.resolve("cluster" + id))
                .begin()
                .onFailure(cause -> cause.printStackTrace())
                .start(Poro.at(directory.resolve("wal" + id))
                        .sync(SyncPolicy.OS)
                        .memory(8 << 20));
    }

    private static ClusterMembers members(int count) throws IOException {
        List<ClusterMember> all = new ArrayList<>();
        int port = 11_000 + (int) (ProcessHandle.current().pid() % 300) * 30;
        while (all.size() < count) {
            if (areFree(port)) {
                all.add(new ClusterMember(all.size(), "127.0.0.1", port));
            }
            port += ClusterMember.PORTS;
        }
        return ClusterMembers.of(all);
    }

    private static boolean areFree(int first) {
        try {
            for (int i = 0; i < ClusterMember.PORTS; i++) {
                new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), first + i)).close();
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void allNodesHaveWhatOneHasAcknowledged() throws Exception {
        ClusterMembers members = members(3);
        List<ClusterNode> nodes = new ArrayList<>();
        try {
            long began = System.nanoTime();
            for (ClusterMember member : members.all()) {
                nodes.add(start(members, member.id()));
            }
            for (ClusterNode node : nodes) {
                assertThat(node.awaitConnected(Duration.ofSeconds(60))).isTrue();
            }
            System.out.println("connected after " + (System.nanoTime() - began) / 1_000_000 + " ms");
            for (int round = 0; round < 60; round++) {
                Poro store = nodes.get(round % 3).store();
                store.set("k" + round, "v" + round);
                ClusterNode other = nodes.get((round + 1) % 3);
                other.barrier();
                assertThat(other.store().get("k" + round)).isEqualTo("v" + round);
            }
            System.out.println("done after " + (System.nanoTime() - began) / 1_000_000 + " ms");
            nodes.forEach(ClusterNode::barrier);
            assertThat(nodes.stream().map(node -> node.store().sequence()).distinct())
                    .hasSize(1);
            assertThat(nodes.stream().map(node -> node.store().digest()).distinct())
                    .hasSize(1);
            assertThat(nodes.stream().filter(node -> node.report().isLeader())).hasSize(1);
        } finally {
            nodes.forEach(ClusterNode::close);
        }
    }
}
