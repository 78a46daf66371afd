package dev.poro.cluster;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * What a node was told, and what follows of it. Immutable.
 *
 * @param node the number of this node
 * @param directory of the cluster's files
 * @param begins whether the node is to have no files of a cluster yet
 * @param forcesLog whether the cluster's log is forced before a message is committed
 * @param clientHost where clients of Redis reach this node; empty if it serves none
 * @param snapshotAfter bytes of the cluster's log
 * @param catchUpLog how much of the cluster's log is kept for a node that is away, in bytes
 * @param commitTimeoutNanos how long a message may take
 */
record ClusterSettings(
        int node,
        ClusterMembers members,
        Path directory,
        boolean begins,
        boolean forcesLog,
        String clientHost,
        int clientPort,
        long snapshotAfter,
        long catchUpLog,
        long commitTimeoutNanos) {
    /** Of the cluster's log, in bytes. */
    static final int LOG_TERM_LENGTH = 64 << 20;

    /** Of what a node sends to the leader: the longest message is an eighth of it. */
    static final int INGRESS_TERM_LENGTH = 32 << 20;

    /** What every network takes in one piece. */
    private static final int NETWORK_PACKET_LENGTH = 1_408;

    /**
     * Of a machine with itself, whose network takes far longer ones. Each packet is a call of the system (measured: 32
     * instead of 25 thousand writes a second by three nodes on 2 processors, and 256 threads with one write each twice
     * as many).
     */
    private static final int LOCAL_PACKET_LENGTH = 8 << 10;

    /** Of Aeron's headers, with room to spare. */
    private static final int HEADERS = 1_024;

    static final int MAX_MESSAGE_LENGTH = INGRESS_TERM_LENGTH / 8 - HEADERS;

    /** The longest body of a message. */
    static final int MAX_BODY_LENGTH = MAX_MESSAGE_LENGTH - MessageDescriptor.HEADER_LENGTH;

    static final long HEARTBEAT_TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(600);
    static final long HEARTBEAT_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long ELECTION_TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    static final long ELECTION_STATUS_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** At the start, a majority waits so long for the others. */
    static final long CANVASS_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** A process that stands for longer, as under a debugger, ends. */
    static final long LIVENESS_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Each node has one, and those of dead processes take a while to end. */
    static final int MAX_SESSIONS = 64;

    /** Of votes and terms, whatever the store's policy: they are few, and two votes in a term make two leaders. */
    static final int VOTES_SYNC_LEVEL = 1;

    /** How long the thread sleeps that resolves names and makes files for the driver, before it looks again. */
    static final int EXECUTOR_SLEEP_MILLIS = 10;

    private static final int MANY_CORES = 16;

    ClusterMember self() {
        return members.get(node);
    }

    String ingressChannel() {
        return "aeron:udp?term-length=" + INGRESS_TERM_LENGTH;
    }

    String egressChannel() {
        return "aeron:udp?term-length=64k|endpoint=" + self().anyEndpoint();
    }

    String logChannel() {
        return "aeron:udp?term-length=" + LOG_TERM_LENGTH;
    }

    /** The longest packet, in bytes. */
    int packetLength() {
        return members.areOnOneHost() ? LOCAL_PACKET_LENGTH : NETWORK_PACKET_LENGTH;
    }

    /** Of the cluster's log. 0: when the operating system does; 1: before a message is committed. */
    int fileSyncLevel() {
        return forcesLog ? 1 : 0;
    }

    /**
     * Each thread needs one of its own. On few cores they sleep soon, so that three nodes fit on a laptop; but before,
     * they let others run for a while: these may be the threads of this node that have the next step of the same
     * message, and to sleep and wake costs several times as much (measured on 2 processors: 43 instead of 32 thousand
     * writes a second).
     */
    static IdleStrategy newIdleStrategy() {
        return Runtime.getRuntime().availableProcessors() >= MANY_CORES
                ? new BackoffIdleStrategy(100, 10, 1_000, 100_000)
                : new BackoffIdleStrategy(1, 10, 100_000, 1_000_000);
    }
}
