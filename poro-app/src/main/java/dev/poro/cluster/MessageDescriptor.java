package dev.poro.cluster;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The messages of the cluster's log. All numbers are little-endian.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  | version 1     | kind          | 0                             |
 *  +---------------+---------------+-------------------------------+
 *  | node: the number of the one that has sent it                  |
 *  +---------------------------------------------------------------+
 *  | incarnation: random, of the process that has sent it      i64 |
 *  +---------------------------------------------------------------+
 *  | epoch: of the process, from 1 on, see {@link Fences}          |
 *  +---------------------------------------------------------------+
 *  | 0                                                             |
 *  +---------------------------------------------------------------+
 *  | number: of the process, from 1 on, without gaps in an     i64 |
 *  | epoch but for what was given up; 0 in a FENCE                 |
 *  +---------------------------------------------------------------+
 *  | correlation: by which the store of the sender knows it    i64 |
 *  +---------------------------------------------------------------+
 *  | body                                                      ... |
 * </pre>
 *
 * <table>
 *   <caption>kinds</caption>
 *   <tr><td>FENCE</td><td>i64 a random id for the cluster, if it has none; of the node's store, when it was opened: i64
 *     sequence, i64 digest, i64 time; i32 port; host, in UTF-8: where clients of Redis reach the node</td></tr>
 *   <tr><td>RECORDS</td><td>records of events, as the log of a store holds them, one after the other</td></tr>
 *   <tr><td>BARRIER</td><td>nothing: what was committed before it is applied when it has come back</td></tr>
 *   <tr><td>MESSAGE</td><td>i32 length; channel; message: for subscribers on all nodes</td></tr>
 * </table>
 */
final class MessageDescriptor {
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    static final byte VERSION = 1;

    static final byte FENCE = 1;
    static final byte RECORDS = 2;
    static final byte BARRIER = 3;
    static final byte MESSAGE = 4;

    private static final int VERSION_AT = 0;
    private static final int KIND_AT = 1;
    private static final int NODE_AT = 4;
    private static final int INCARNATION_AT = 8;
    private static final int EPOCH_AT = 16;
    private static final int NUMBER_AT = 24;
    private static final int CORRELATION_AT = 32;

    static final int HEADER_LENGTH = 40;

    /** Of the body of a FENCE. */
    static final int CLUSTER_AT = HEADER_LENGTH;

    static final int SEQUENCE_AT = CLUSTER_AT + Long.BYTES;
    static final int DIGEST_AT = SEQUENCE_AT + Long.BYTES;
    static final int TIME_AT = DIGEST_AT + Long.BYTES;
    static final int PORT_AT = TIME_AT + Long.BYTES;
    static final int HOST_AT = PORT_AT + Integer.BYTES;

    /** Of the body of a MESSAGE. */
    static final int CHANNEL_AT = HEADER_LENGTH + Integer.BYTES;

    private MessageDescriptor() {}

    static void encode(
            MutableDirectBuffer buffer, byte kind, int node, long incarnation, long number, long correlation) {
        buffer.putLong(0, 0);
        buffer.putByte(VERSION_AT, VERSION);
        buffer.putByte(KIND_AT, kind);
        buffer.putInt(NODE_AT, node, ORDER);
        buffer.putLong(INCARNATION_AT, incarnation, ORDER);
        buffer.putLong(EPOCH_AT, 0);
        buffer.putLong(NUMBER_AT, number, ORDER);
        buffer.putLong(CORRELATION_AT, correlation, ORDER);
    }

    /** Set when a message is sent, and again when it is sent again. */
    static void epoch(MutableDirectBuffer buffer, int epoch) {
        buffer.putInt(EPOCH_AT, epoch, ORDER);
    }

    static byte version(DirectBuffer buffer, int offset) {
        return buffer.getByte(offset + VERSION_AT);
    }

    static byte kind(DirectBuffer buffer, int offset) {
        return buffer.getByte(offset + KIND_AT);
    }

    static int node(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + NODE_AT, ORDER);
    }

    static long incarnation(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + INCARNATION_AT, ORDER);
    }

    static int epoch(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + EPOCH_AT, ORDER);
    }

    static long number(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + NUMBER_AT, ORDER);
    }

    static long correlation(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + CORRELATION_AT, ORDER);
    }
}
