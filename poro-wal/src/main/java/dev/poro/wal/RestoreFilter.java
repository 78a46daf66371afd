package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import java.io.IOException;

/** Passes a log on up to a point, and records how far it came. */
final class RestoreFilter implements LogVisitor {
    private final RestorePoint point;
    private final LogVisitor state;
    private final LogVisitor target;
    private long events;
    private long lastSequence;
    private long lastTimestamp;
    private long nextSequence;
    private long nextTimestamp;

    /**
     * @param state receives the log first: what it refuses is not restored
     * @param target writes the log
     */
    RestoreFilter(RestorePoint point, LogVisitor state, LogVisitor target) {
        this.point = point;
        this.state = state;
        this.target = target;
    }

    @Override
    public void onSnapshot(SnapshotReport snapshot) throws IOException {
        state.onSnapshot(snapshot);
        target.onSnapshot(snapshot);
        lastSequence = snapshot.summary().sequence();
        lastTimestamp = snapshot.summary().timestamp();
    }

    @Override
    public void onEntry(long sequence, RecordFlyweight record) throws IOException {
        state.onEntry(sequence, record);
        target.onEntry(sequence, record);
    }

    @Override
    public void onSnapshotEnd() throws IOException {
        state.onSnapshotEnd();
        target.onSnapshotEnd();
    }

    @Override
    public void onSnapshotBroken() {
        state.onSnapshotBroken();
        target.onSnapshotBroken();
        lastSequence = 0;
        lastTimestamp = 0;
    }

    @Override
    public void onFrame(int version, long timestamp, long wallClock) throws IOException {
        if (!hasPassed()) {
            state.onFrame(version, timestamp, wallClock);
            target.onFrame(version, timestamp, wallClock);
        }
    }

    /** A mark is of the state after the event before it. */
    @Override
    public void onMark(long next, long timestamp, RecordFlyweight mark) throws IOException {
        if (!hasPassed() && point.includes(next - 1, timestamp)) {
            state.onMark(next, timestamp, mark);
            target.onMark(next, timestamp, mark);
        }
    }

    @Override
    public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
        if (!hasPassed() && !point.includes(sequence, timestamp)) {
            nextSequence = sequence;
            nextTimestamp = timestamp;
        }
        if (!hasPassed()) {
            state.onRecord(sequence, timestamp, record);
            target.onRecord(sequence, timestamp, record);
            events++;
            lastSequence = sequence;
            lastTimestamp = timestamp;
        }
    }

    /** The number of events that were passed on. */
    long events() {
        return events;
    }

    /** The last event that was passed on or that the snapshot covers; 0 if there is none. */
    long lastSequence() {
        return lastSequence;
    }

    long lastTimestamp() {
        return lastTimestamp;
    }

    /** Whether there was an event after the point. */
    boolean hasPassed() {
        return nextSequence > 0;
    }

    /** The first event after the point; 0 if there is none. */
    long nextSequence() {
        return nextSequence;
    }

    /** Of that event. */
    long nextTimestamp() {
        return nextTimestamp;
    }
}
