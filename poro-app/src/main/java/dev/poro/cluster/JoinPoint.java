package dev.poro.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * Where a copy of a node ends: a file among {@link NodeFiles}. Little-endian.
 *
 * <pre>
 *   i32 version 1 | i64 cluster | i64 committed | i64 end | i64 recording | i64 sequence | i64 digest
 * </pre>
 *
 * @param cluster the id of the cluster, see {@link NodeService}
 * @param committed a position in the cluster's log: nothing after it was acknowledged before the copy was asked for
 * @param end where the copy of the cluster's log ends: after that
 * @param recording the number of the cluster's log in the archive
 * @param sequence the last event of the copy of the store
 * @param digest of the contents after it
 */
record JoinPoint(long cluster, long committed, long end, long recording, long sequence, long digest) {
    static final String NAME = "node";

    private static final int VERSION = 1;
    private static final int LENGTH = Integer.BYTES + 6 * Long.BYTES;

    byte[] encode() {
        ByteBuffer buffer = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(VERSION).putLong(cluster).putLong(committed).putLong(end);
        return buffer.putLong(recording).putLong(sequence).putLong(digest).array();
    }

    /** @throws IOException if it is none, or one of another version, or cannot be */
    static JoinPoint decode(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < Integer.BYTES || buffer.getInt() != VERSION || bytes.length != LENGTH) {
            throw new IOException(
                    "the other node has another version of Poro: join with the program that it was started with");
        }
        JoinPoint point = new JoinPoint(
                buffer.getLong(),
                buffer.getLong(),
                buffer.getLong(),
                buffer.getLong(),
                buffer.getLong(),
                buffer.getLong());
        if (point.end <= point.committed || point.sequence < 0) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "the copy of the cluster's log would end at %d, and what was acknowledged may end at %d",
                    point.end,
                    point.committed));
        }
        return point;
    }
}
