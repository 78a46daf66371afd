package dev.poro.process.harness;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * A network of machines that this machine belongs to, too: network namespaces, and a switch between them. What one of
 * them sends to another can be lost, in one direction or in both, while this machine still reaches all.
 *
 * <p>Frames of a link that is cut go to a hardware address that nobody has. So the sender notices nothing, as with a
 * cable that is cut further away; a route that is taken out would be an error of its calls.
 */
public final class ClusterNetwork implements AutoCloseable {
    private static final String NOBODY = "02:00:00:00:00:ff";

    private static final int OF_THIS_MACHINE = 254;

    private final int count;
    private final int subnet;
    private final String bridge;

    private ClusterNetwork(int count) {
        long pid = ProcessHandle.current().pid();
        this.count = count;
        this.subnet = (int) (pid % 256);
        this.bridge = "poro" + pid;
    }

    /** Skips the test where there can be none: it needs root, and a kernel that lets it. */
    public static ClusterNetwork start(int count) throws IOException {
        Machine.requireRoot();
        Machine.requireTools("ip", "nsenter");
        ClusterNetwork network = new ClusterNetwork(count);
        try {
            network.build();
            return network;
        } catch (IOException e) {
            network.close();
            assumeTrue(false, "needs network namespaces and bridges: " + e.getMessage());
            throw e;
        }
    }

    private void build() throws IOException {
        run("ip link add %s type bridge", bridge);
        run("ip address add %s/24 dev %s", address(OF_THIS_MACHINE), bridge);
        run("ip link set %s up", bridge);
        for (int i = 0; i < count; i++) {
            String name = name(i);
            run("ip netns add %s", name);
            run("ip link add %s type veth peer name eth0 address %s netns %s", name, hardwareAddress(i), name);
            run("ip link set %s master %s up", name, bridge);
            run("ip -n %s address add %s/24 dev eth0", name, address(i + 1));
            run("ip -n %s link set eth0 up", name);
            run("ip -n %s link set lo up", name);
        }
        heal();
    }

    private String name(int number) {
        return bridge + "-" + number;
    }

    private String address(int last) {
        // For measurements of networks, by RFC 2544: no machine has such an address.
        return String.format(Locale.ROOT, "198.18.%d.%d", subnet, last);
    }

    private static String hardwareAddress(int number) {
        return String.format(Locale.ROOT, "02:00:00:00:00:%02x", number + 1);
    }

    private static void run(String format, Object... values) throws IOException {
        Machine.run((Object[]) String.format(Locale.ROOT, format, values).split(" "));
    }

    /** The address of a machine. */
    public String host(int number) {
        return address(number + 1);
    }

    /** What a command begins with that runs on a machine; the process keeps its id. */
    List<String> enter(int number) {
        return List.of("nsenter", "--net=/run/netns/" + name(number));
    }

    /** All that a machine sends to another is lost from now on. */
    public void cut(int from, int to) throws IOException {
        send(from, to, NOBODY);
    }

    /** All is lost from now on between a machine and the others; this one still reaches it. */
    public void isolate(int number) throws IOException {
        for (int other = 0; other < count; other++) {
            if (other != number) {
                cut(number, other);
                cut(other, number);
            }
        }
    }

    /** Nothing is lost any more. */
    public void heal() throws IOException {
        for (int from = 0; from < count; from++) {
            for (int to = 0; to < count; to++) {
                if (from != to) {
                    send(from, to, hardwareAddress(to));
                }
            }
        }
    }

    private void send(int from, int to, String hardwareAddress) throws IOException {
        run("ip -n %s neighbour replace %s lladdr %s dev eth0 nud permanent", name(from), host(to), hardwareAddress);
    }

    /** Takes all away that is there; no process may run in it any more. */
    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            takeAway("ip link del %s", name(i));
            takeAway("ip netns del %s", name(i));
        }
        takeAway("ip link del %s", bridge);
    }

    private static void takeAway(String format, String name) {
        try {
            run(format, name);
        } catch (IOException e) {
            // It was not made.
        }
    }
}
