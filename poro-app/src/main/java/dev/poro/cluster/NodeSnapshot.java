package dev.poro.cluster;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What a snapshot of the cluster holds of a node: not the data, which is in the node's own log, but how far that had
 * come at least. It is written after that log was forced.
 *
 * <pre>
 *   i32 version 1 | i64 cluster | i64 term | i64 position | i64 term of it | i64 sequence | i64 digest |
 *   {@link ClusterTime} | {@link Fences}
 * </pre>
 *
 * @param cluster the id of the cluster, see {@link NodeService}; 0: nothing was ever committed
 * @param term the one in which the snapshot was taken
 * @param position of the last message that the store had applied
 * @param positionTerm the term of that message
 * @param sequence of the store after it
 * @param digest of the contents after it
 */
record NodeSnapshot(long cluster, long term, long position, long positionTerm, long sequence, long digest) {
    private static final int VERSION = 1;
    private static final int FIELDS = 6;
    private static final int TIME_AT = Integer.BYTES + FIELDS * Long.BYTES;
    private static final int FENCES_AT = TIME_AT + ClusterTime.LENGTH;

    /** Returns the length. */
    int encode(MutableDirectBuffer buffer, ClusterTime time, Fences fences) {
        buffer.putInt(0, VERSION, MessageDescriptor.ORDER);
        long[] fields = {cluster, term, position, positionTerm, sequence, digest};
        for (int i = 0; i < FIELDS; i++) {
            buffer.putLong(Integer.BYTES + i * Long.BYTES, fields[i], MessageDescriptor.ORDER);
        }
        time.encode(buffer, TIME_AT);
        return fences.encode(buffer, FENCES_AT);
    }

    /**
     * Reads what {@link #encode} has written.
     *
     * @throws IllegalArgumentException if it is of another version
     */
    static NodeSnapshot decode(DirectBuffer buffer, int offset, ClusterTime time, Fences fences) {
        int version = buffer.getInt(offset, MessageDescriptor.ORDER);
        if (version != VERSION) {
            throw new IllegalArgumentException("the cluster's snapshot has version " + version
                    + ", and this program knows only " + VERSION + ": use the version of Poro that has written it");
        }
        long[] fields = new long[FIELDS];
        for (int i = 0; i < FIELDS; i++) {
            fields[i] = buffer.getLong(offset + Integer.BYTES + i * Long.BYTES, MessageDescriptor.ORDER);
        }
        time.decode(buffer, offset + TIME_AT);
        fences.decode(buffer, offset + FENCES_AT);
        return new NodeSnapshot(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]);
    }

    /** Memory that has room for any. */
    static MutableDirectBuffer newBuffer() {
        return new ExpandableArrayBuffer(1_024);
    }
}
