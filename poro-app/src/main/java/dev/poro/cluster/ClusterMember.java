package dev.poro.cluster;

import java.util.Objects;

/**
 * A node of a cluster, as the others know it.
 *
 * @param id its number, 0 or more, for ever: a machine that replaces it takes it over
 * @param host a name or an address under which the other nodes reach it; an IPv6 address without brackets
 * @param port the first of {@value #PORTS} UDP ports that it uses
 */
public record ClusterMember(int id, String host, int port) {
    /** So many ports a node uses, one after the other. */
    public static final int PORTS = 10;

    private static final int MAX_PORT = 65_535;

    /** Refuses what cannot be. */
    public ClusterMember {
        Objects.requireNonNull(host, "host");
        if (id < 0) {
            throw new IllegalArgumentException("node " + id + ": a node has a number from 0 on");
        }
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || ",|=?[]".indexOf(c) >= 0)) {
            throw new IllegalArgumentException("host '" + host + "' of node " + id + ": a name or an address");
        }
        if (port < 1 || port > MAX_PORT - PORTS + 1) {
            throw new IllegalArgumentException("port " + port + " of node " + id + ": it must be between 1 and "
                    + (MAX_PORT - PORTS + 1) + ", because " + PORTS + " ports from it on are used");
        }
    }

    /** Where what is to be ordered comes in. */
    String ingress() {
        return endpoint(0);
    }

    /** Where the nodes agree. */
    String consensus() {
        return endpoint(1);
    }

    /** Where the leader sends the log to. */
    String log() {
        return endpoint(2);
    }

    /** Where a node receives what it has missed. */
    String catchUp() {
        return endpoint(3);
    }

    /** Where others ask for recordings. */
    String archive() {
        return endpoint(4);
    }

    /** The ports that sockets take which ask for any: the rest of those of the node. */
    String anyPorts() {
        return (port + 5) + " " + (port + PORTS - 1);
    }

    /** For a socket that may have any port. */
    String anyEndpoint() {
        return bracketed() + ":0";
    }

    private String endpoint(int offset) {
        return bracketed() + ":" + (port + offset);
    }

    private String bracketed() {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }

    /** As in {@code 0=10.0.0.1:9000}. */
    @Override
    public String toString() {
        return id + "=" + endpoint(0);
    }
}
