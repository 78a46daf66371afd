package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;

/** Hands a log on up to a point, and notes how far that went. */
final class RestoreVisitor implements LogVisitor {
    private final RestorePoint point;
    private final LogVisitor state;
    private final LogVisitor target;
    private long events;
    private long lastSequence;
    private long lastTimestamp;
    private boolean hasPassed;
    private boolean hasRefused;

    /**
     * @param state taken first: what it refuses is not restored
     * @param target what is written
     */
    RestoreVisitor(RestorePoint point, LogVisitor state, LogVisitor target) {
        this.point = point;
        this.state = state;
        this.target = target;
    }

    @Override
    public void onBegin(StateSummary summary) {
        state.onBegin(summary);
        target.onBegin(summary);
        lastSequence = summary.sequence();
        lastTimestamp = summary.timestamp();
    }

    @Override
    public void onEntry(long sequence, RecordFlyweight record) {
        state.onEntry(sequence, record);
        target.onEntry(sequence, record);
    }

    @Override
    public void onEnd() {
        state.onEnd();
        target.onEnd();
    }

    @Override
    public void onBroken() {
        state.onBroken();
        target.onBroken();
        lastSequence = 0;
        lastTimestamp = 0;
    }

    @Override
    public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
        hasPassed |= !point.includes(sequence, timestamp);
        if (!hasPassed) {
            handOn(sequence, timestamp, record);
            events++;
            lastSequence = sequence;
            lastTimestamp = timestamp;
        }
    }

    private void handOn(long sequence, long timestamp, RecordFlyweight record) {
        try {
            state.onRecord(sequence, timestamp, record);
            target.onRecord(sequence, timestamp, record);
        } catch (RuntimeException refused) {
            hasRefused = true;
            throw refused;
        }
    }

    /** Events that were handed on one by one. */
    long events() {
        return events;
    }

    /** Of the last event that was handed on, or that the snapshot stands for; 0 if there is none. */
    long lastSequence() {
        return lastSequence;
    }

    long lastTimestamp() {
        return lastTimestamp;
    }

    /** Whether an event was refused by the state, or could not be written. */
    boolean hasRefused() {
        return hasRefused;
    }

    /** Whether there was an event behind the point. */
    boolean hasPassed() {
        return hasPassed;
    }
}
