package dev.poro.cluster;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** What tests of nodes in one process need. */
final class InProcessCluster {
    private static final int FIRST_PORT = 11_000;

    private InProcessCluster() {}

    /** Members on loopback whose ports are free. */
    static ClusterMembers members(int count) {
        List<ClusterMember> all = new ArrayList<>();
        int port = FIRST_PORT + (int) (ProcessHandle.current().pid() % 300) * 3 * ClusterMember.PORTS;
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
}
