package dev.poro.cluster;

import dev.poro.engine.Replica;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.agrona.MutableDirectBuffer;

/** What the fences of a node say: the first fence in a cluster's log begins the cluster. Immutable. */
final class ClusterBeginning {
    private final long candidate;
    private final long sequence;
    private final long digest;
    private final long timeMillis;
    private final byte[] host;
    private final int port;

    /**
     * @param random for the id that the cluster gets if this fence is its first message
     * @param host where clients of Redis reach the node; empty if it serves none
     */
    ClusterBeginning(Replica replica, Random random, String host, int port) {
        this.candidate = nonZero(random);
        this.sequence = replica.sequence();
        this.digest = replica.digest();
        this.timeMillis = replica.lastTimeMillis();
        this.host = host.getBytes(StandardCharsets.UTF_8);
        this.port = port;
    }

    /** A random number that is not 0. */
    static long nonZero(Random random) {
        long number = random.nextLong();
        return number == 0 ? 1 : number;
    }

    /** Returns the length of the message. */
    int encodeFence(MutableDirectBuffer buffer, NodeIdentity self, int epoch) {
        MessageDescriptor.encode(buffer, MessageDescriptor.FENCE, self.node(), self.incarnation(), 0, 0);
        MessageDescriptor.epoch(buffer, epoch);
        buffer.putLong(MessageDescriptor.CLUSTER_AT, candidate, MessageDescriptor.ORDER);
        buffer.putLong(MessageDescriptor.SEQUENCE_AT, sequence, MessageDescriptor.ORDER);
        buffer.putLong(MessageDescriptor.DIGEST_AT, digest, MessageDescriptor.ORDER);
        buffer.putLong(MessageDescriptor.TIME_AT, timeMillis, MessageDescriptor.ORDER);
        buffer.putInt(MessageDescriptor.PORT_AT, port, MessageDescriptor.ORDER);
        buffer.putBytes(MessageDescriptor.HOST_AT, host);
        return MessageDescriptor.HOST_AT + host.length;
    }
}
