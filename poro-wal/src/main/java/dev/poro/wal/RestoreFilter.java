package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import java.io.IOException;

/** Passes a log on up to a point, and records how far it came. */
final class RestoreFilter implements LogVisitor {
    private final RestorePoint point;
    private final LogVisitor state;
    private final LogVisitor target;
    /** Of the current frame. */
    private long wallClock;
    /** Up to the current frame. */
    private long latestWallClock = Long.MIN_VALUE;

    private long events;
    private long lastSequence;
    private long lastWallClock;
    private long nextSequence;
    private long nextWallClock;
    private long firstSetBack;
    private long lastSetBack;

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
        latestWallClock = snapshot.latestWallClock();
        lastWallClock = latestWallClock;
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
        lastWallClock = 0;
        latestWallClock = Long.MIN_VALUE;
    }

    @Override
    public void onFrame(int version, long timestamp, long ofFrame) throws IOException {
        wallClock = ofFrame;
        latestWallClock = Math.max(latestWallClock, ofFrame);
        if (!hasPassed()) {
            state.onFrame(version, timestamp, ofFrame);
            target.onFrame(version, timestamp, ofFrame);
        }
    }

    /** A mark is of the state after the event before it. */
    @Override
    public void onMark(long next, long timestamp, RecordFlyweight mark) throws IOException {
        if (!hasPassed() && point.includes(next - 1, latestWallClock)) {
            state.onMark(next, timestamp, mark);
            target.onMark(next, timestamp, mark);
        }
    }

    @Override
    public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
        if (!hasPassed() && !point.includes(sequence, latestWallClock)) {
            nextSequence = sequence;
            nextWallClock = latestWallClock;
        }
        if (hasPassed()) {
            passOver(sequence);
            return;
        }
        state.onRecord(sequence, timestamp, record);
        target.onRecord(sequence, timestamp, record);
        events++;
        lastSequence = sequence;
        lastWallClock = latestWallClock;
    }

    private void passOver(long sequence) {
        if (wallClock <= point.time()) {
            firstSetBack = firstSetBack == 0 ? sequence : firstSetBack;
            lastSetBack = sequence;
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

    /** The latest that the wall clock had shown up to that event. */
    long lastWallClock() {
        return lastWallClock;
    }

    /** Whether there was an event after the point. */
    boolean hasPassed() {
        return nextSequence > 0;
    }

    /** The first event after the point; 0 if there is none. */
    long nextSequence() {
        return nextSequence;
    }

    /** The latest that the wall clock had shown up to that event. */
    long nextWallClock() {
        return nextWallClock;
    }

    /**
     * The first event after the point that was written when the wall clock showed a time up to the point's: it had been
     * set back. 0 if there is none.
     */
    long firstSetBack() {
        return firstSetBack;
    }

    /** The last such event. */
    long lastSetBack() {
        return lastSetBack;
    }
}
