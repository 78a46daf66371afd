package dev.poro.cluster;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The log time of a cluster: a function of the timestamps in its log, and so the same on all nodes. Each timestamp is
 * what the clock of the leader of its term showed; the clocks of the nodes may differ.
 *
 * <ul>
 *   <li>Within a term time passes as the leader's clock does. With a new leader it goes on where it was.
 *   <li>Behind the leader's clock by a second or less, it passes at most twice as fast until it has caught up. By more:
 *       that clock was set forward, or is wrong, or the cluster stood for a while. Once that has lasted for a minute,
 *       it is followed at once.
 *   <li>Ahead of the leader's clock, it passes half as fast.
 * </ul>
 *
 * <p>So a node whose clock is wrong lets nothing expire early while it follows, nor in the first minute in which it
 * leads. Belongs to the thread of the service; {@link #estimate} is for any.
 */
final class ClusterTime {
    private static final long MAX_DRIFT_MS = 1_000;
    private static final long STEP_HOLD_MS = 60_000;
    private static final int FIELDS = 5;

    /** Bytes of {@link #encode}. */
    static final int LENGTH = FIELDS * Long.BYTES;

    private static final long NEVER = Long.MIN_VALUE;

    /** In half milliseconds, so that half the speed is not rounded to none. */
    private long halves = NEVER;

    private long term = NEVER;
    private long timestamp;
    /** By the leader's clock; {@link #NEVER} if it is not ahead by much. */
    private long aheadSince = NEVER;

    /** How far time is behind the leader's clock, in milliseconds; may be negative. */
    private volatile long behindMillis;

    /** Before the first message: time does not begin earlier than this. */
    private long earliestMillis;

    /** The cluster begins with contents of this time, which its first message says. Later, it has no effect. */
    void begin(long millis) {
        earliestMillis = millis;
    }

    /** The time of a message, in milliseconds since 1970: never less than that of the message before. */
    long next(long ofTerm, long ofTimestamp) {
        if (ofTerm != term) {
            aheadSince = NEVER; // it is by the clock of the leader before
        }
        if (halves == NEVER) {
            halves = 2 * Math.max(earliestMillis, ofTimestamp);
        } else {
            advance(ofTerm == term ? Math.max(0, ofTimestamp - timestamp) : 0, ofTimestamp);
        }
        term = ofTerm;
        timestamp = ofTimestamp;
        behindMillis = ofTimestamp - halves / 2;
        return halves / 2;
    }

    private void advance(long elapsed, long ofTimestamp) {
        long behind = ofTimestamp - (halves / 2 + elapsed);
        if (behind > MAX_DRIFT_MS) {
            if (aheadSince == NEVER || ofTimestamp < aheadSince) {
                aheadSince = ofTimestamp;
            }
            if (ofTimestamp - aheadSince >= STEP_HOLD_MS) {
                halves = 2 * ofTimestamp;
                aheadSince = NEVER;
            } else {
                halves += 2 * elapsed;
            }
        } else {
            aheadSince = NEVER;
            halves += behind < 0
                    ? Math.max(elapsed, 2 * (elapsed + behind))
                    : Math.min(4 * elapsed, 2 * (elapsed + behind));
        }
    }

    /** What the next message would get, if it came from a leader whose clock shows this. */
    long estimate(long clockMillis) {
        return clockMillis - behindMillis;
    }

    /** The time of the last message, in milliseconds since 1970; 0 before the first. */
    long millis() {
        return halves == NEVER ? 0 : halves / 2;
    }

    void encode(MutableDirectBuffer buffer, int offset) {
        long[] fields = {halves, term, timestamp, aheadSince, behindMillis};
        for (int i = 0; i < FIELDS; i++) {
            buffer.putLong(offset + i * Long.BYTES, fields[i], MessageDescriptor.ORDER);
        }
    }

    void decode(DirectBuffer buffer, int offset) {
        halves = buffer.getLong(offset, MessageDescriptor.ORDER);
        term = buffer.getLong(offset + Long.BYTES, MessageDescriptor.ORDER);
        timestamp = buffer.getLong(offset + 2 * Long.BYTES, MessageDescriptor.ORDER);
        aheadSince = buffer.getLong(offset + 3 * Long.BYTES, MessageDescriptor.ORDER);
        behindMillis = buffer.getLong(offset + 4 * Long.BYTES, MessageDescriptor.ORDER);
    }
}
