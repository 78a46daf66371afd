package dev.poro.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All nodes of a cluster. Every node must be told the same. Immutable.
 *
 * <p>As text: {@code 0=HOST:PORT,1=HOST:PORT,2=HOST:PORT}, see {@link ClusterMember}.
 */
public final class ClusterMembers {
    private static final int MOST = 9;

    private final List<ClusterMember> members;

    private ClusterMembers(List<ClusterMember> members) {
        this.members = members;
    }

    /**
     * Members in the order of their numbers.
     *
     * @throws IllegalArgumentException if there is none, there are more than 9, two have the same number, or two on the
     *     same host have ports in common
     */
    public static ClusterMembers of(List<ClusterMember> all) {
        TreeMap<Integer, ClusterMember> sorted = new TreeMap<>();
        for (ClusterMember member : all) {
            ClusterMember other = sorted.put(member.id(), member);
            if (other != null) {
                throw new IllegalArgumentException("two nodes have the number " + member.id());
            }
        }
        if (sorted.isEmpty() || sorted.size() > MOST) {
            throw new IllegalArgumentException(sorted.size() + " nodes: a cluster has 1 to " + MOST + ", best 3, or 5");
        }
        List<ClusterMember> members = new ArrayList<>(sorted.values());
        members.forEach(one -> members.forEach(other -> requireOtherPorts(one, other)));
        return new ClusterMembers(Collections.unmodifiableList(members));
    }

    private static void requireOtherPorts(ClusterMember one, ClusterMember other) {
        if (one.id() != other.id()
                && one.host().equals(other.host())
                && Math.abs(one.port() - other.port()) < ClusterMember.PORTS) {
            throw new IllegalArgumentException("nodes " + one + " and " + other + " have ports in common: each uses "
                    + ClusterMember.PORTS + " from its own on");
        }
    }

    /**
     * Members from their text.
     *
     * @throws IllegalArgumentException if it is not that of members; the message says what is wrong
     */
    public static ClusterMembers parse(String text) {
        Objects.requireNonNull(text, "text");
        List<ClusterMember> all = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            all.add(parseMember(part.strip()));
        }
        return of(all);
    }

    private static ClusterMember parseMember(String text) {
        int equals = text.indexOf('=');
        int colon = text.lastIndexOf(':');
        if (equals < 1 || colon < equals) {
            throw new IllegalArgumentException("'" + text + "': a node is written NUMBER=HOST:PORT");
        }
        String host = text.substring(equals + 1, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("'" + text + "': an IPv6 address is written in brackets");
        }
        try {
            return new ClusterMember(
                    Integer.parseInt(text.substring(0, equals)), host, Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "': a node is written NUMBER=HOST:PORT", e);
        }
    }

    /** All of them, by number. */
    public List<ClusterMember> all() {
        return members;
    }

    /** @throws IllegalArgumentException if none has this number */
    public ClusterMember get(int id) {
        return members.stream()
                .filter(member -> member.id() == id)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no node has the number " + id + ": they are " + this));
    }

    /** Whether all have the same name or address, and so are on one machine, as when it is tried. */
    boolean areOnOneHost() {
        return members.stream().map(ClusterMember::host).distinct().count() == 1;
    }

    /** How many nodes agree at least on what is committed. */
    public int majority() {
        return members.size() / 2 + 1;
    }

    /** In the form of Aeron Cluster. */
    String endpoints() {
        return members.stream()
                .map(member -> String.join(
                        ",",
                        Integer.toString(member.id()),
                        member.ingress(),
                        member.consensus(),
                        member.log(),
                        member.catchUp(),
                        member.archive()))
                .collect(Collectors.joining("|"));
    }

    /** In the form that Aeron's clients take. */
    String ingressEndpoints() {
        return members.stream()
                .map(member -> member.id() + "=" + member.ingress())
                .collect(Collectors.joining(","));
    }

    /** As {@link #parse} takes it. */
    @Override
    public String toString() {
        return members.stream().map(ClusterMember::toString).collect(Collectors.joining(","));
    }
}
