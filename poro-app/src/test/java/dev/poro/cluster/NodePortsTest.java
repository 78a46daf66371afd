package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.StoreLockedException;
import dev.poro.engine.SyncPolicy;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NodePortsTest {
    @TempDir
    private Path directory;

    private ClusterNode start(ClusterMembers members, String wal) {
        return ClusterNode.of(members, 0)
                .begin()
                .directory(directory.resolve(wal + ".cluster"))
                .start(Poro.at(directory.resolve(wal)).sync(SyncPolicy.OS).memory(8 << 20));
    }

    @Test
    void anyPortThatIsInUseIsNamed() throws Exception {
        ClusterMember self = InProcessCluster.members(1).get(0);
        for (int i = 0; i < ClusterMember.PORTS; i++) {
            int port = self.port() + i;
            try (DatagramSocket other =
                    new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                assertThatExceptionOfType(PoroException.class)
                        .isThrownBy(() -> NodePorts.requireFree(self))
                        .withMessageContaining("port " + port + " cannot be used")
                        .withMessageContaining("ss -lunp")
                        .withMessageContaining("--members");
                assertThat(other.isClosed()).isFalse();
            }
        }
        assertThatNoException().isThrownBy(() -> NodePorts.requireFree(self));
    }

    @Test
    void anAddressOfAnotherMachineIsNamed() {
        for (String host : new String[] {"192.0.2.1", "no-such-host.invalid"}) {
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> NodePorts.requireFree(new ClusterMember(0, host, 9_000)))
                    .withMessageContaining("'" + host + "' is no address of this machine")
                    .withMessageContaining("--node");
        }
    }

    /** Its process may be stuck: it has the lock and the ports until it ends. */
    @Test
    void aNodeThatIsStartedTwiceIsRefused() {
        ClusterMembers members = InProcessCluster.members(1);
        try (ClusterNode node = start(members, "wal")) {
            assertThatExceptionOfType(StoreLockedException.class)
                    .isThrownBy(() -> ClusterNode.of(members, 0)
                            .directory(directory.resolve("wal.cluster"))
                            .start(Poro.at(directory.resolve("wal"))))
                    .withMessageContaining(directory.resolve("wal").toString());
            assertThatExceptionOfType(PoroException.class)
                    .as("another directory, the same ports")
                    .isThrownBy(() -> start(members, "other"))
                    .withMessageContaining(
                            "needs the UDP ports " + members.get(0).port())
                    .withMessageContaining(" cannot be used");
            assertThat(node.failure()).isNull();
            assertThatNoException()
                    .as("nothing is left open")
                    .isThrownBy(
                            () -> start(InProcessCluster.members(1), "other").close());
        }
    }
}
