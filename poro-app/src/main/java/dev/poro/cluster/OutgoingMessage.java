package dev.poro.cluster;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A message on its way to the cluster's log. Used again and again; belongs to whoever holds it, see {@link Outbox}. */
final class OutgoingMessage {
    /** Memory of longer messages is not kept. */
    private static final int MOST_KEPT = 64 << 10;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[256]);
    private int length;
    private long number;
    private long correlation;
    private byte kind;
    private long deadlineNanos;
    private boolean wasSent;

    /** Makes it a new message without a body yet; returns the memory, in which there is room for one. */
    MutableDirectBuffer begin(
            byte messageKind, int node, long incarnation, long ownNumber, long ownCorrelation, int bodyLength) {
        kind = messageKind;
        number = ownNumber;
        correlation = ownCorrelation;
        length = MessageDescriptor.HEADER_LENGTH + bodyLength;
        wasSent = false;
        if (buffer.capacity() < length) {
            buffer.wrap(new byte[Math.max(length, 2 * buffer.capacity())]);
        }
        MessageDescriptor.encode(buffer, kind, node, incarnation, number, correlation);
        return buffer;
    }

    /** Gives up much memory. */
    void end() {
        if (buffer.capacity() > MOST_KEPT) {
            buffer.wrap(new byte[256]);
        }
    }

    /** Bytes of memory. */
    int capacity() {
        return buffer.capacity();
    }

    void setEpoch(int epoch) {
        MessageDescriptor.epoch(buffer, epoch);
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int length() {
        return length;
    }

    byte kind() {
        return kind;
    }

    long number() {
        return number;
    }

    long correlation() {
        return correlation;
    }

    /** On the clock of {@link System#nanoTime}: from then on nobody waits for it. */
    long deadlineNanos() {
        return deadlineNanos;
    }

    void setDeadlineNanos(long nanos) {
        deadlineNanos = nanos;
    }

    /** Whether the cluster may have it: no fence has come back since it was sent. */
    boolean wasSent() {
        return wasSent;
    }

    void setSent(boolean sent) {
        wasSent = sent;
    }
}
