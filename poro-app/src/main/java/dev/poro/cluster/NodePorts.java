package dev.poro.cluster;

import dev.poro.engine.PoroException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;

/**
 * The UDP ports of a node. Aeron takes them one after the other, as it needs them, and fails at each in another way;
 * and those that sockets take which ask for any, at any time later.
 */
final class NodePorts {
    private NodePorts() {}

    /**
     * Fails unless all are free: at this moment, so another process may still be faster.
     *
     * @throws PoroException which names the port
     */
    static void requireFree(ClusterMember self) {
        InetAddress host;
        try {
            host = InetAddress.getByName(self.host());
            new DatagramSocket(new InetSocketAddress(host, 0)).close();
        } catch (UnknownHostException e) {
            throw notOfThisMachine(self, "the name is not known", e);
        } catch (SocketException e) {
            throw notOfThisMachine(self, e.getMessage(), e);
        }
        int last = self.port() + ClusterMember.PORTS - 1;
        for (int port = self.port(); port <= last; port++) {
            try {
                new DatagramSocket(new InetSocketAddress(host, port)).close();
            } catch (SocketException e) {
                throw new PoroException(
                        "node " + self.id() + " needs the UDP ports " + self.port() + " to " + last + " of "
                                + self.host() + ", and port " + port + " cannot be used: " + e.getMessage()
                                + ". See which process has it ('ss -lunp'). If it is an older one of this node that is"
                                + " stuck, end it ('kill -9'); if it is another program, end that, or give the node"
                                + " other ports, in --members of all nodes",
                        e);
            }
        }
    }

    private static PoroException notOfThisMachine(ClusterMember self, String why, Exception cause) {
        return new PoroException(
                "node " + self + " of the members: '" + self.host() + "' is no address of this machine (" + why
                        + "). Is --node right? Otherwise correct --members, on all nodes",
                cause);
    }
}
