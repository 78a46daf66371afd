package dev.poro.engine.tools;

import dev.poro.engine.Change;
import dev.poro.engine.Token;
import dev.poro.engine.internal.CopiedChange;
import dev.poro.engine.internal.Replay;
import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.SnapshotReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Replays a log, and passes on what each of its events does to the wanted keys. One thread. */
final class ChangeReplay implements LogVisitor, ChangeSink, AutoCloseable {
    private final StateMachine stateMachine = new StateMachine(0);
    private final Replay replay = new Replay(stateMachine);
    /** One event behind: it has the values that an event replaces. {@code null} if they are not wanted. */
    private final StateMachine stateBefore;

    private final Replay replayBefore;
    private final ChangeFilter filter;
    private final RestorePoint unwanted;
    private final List<Change> ofEvent = new ArrayList<>();
    private ChangeVisitor visitor;
    private long latestWallClock = Long.MIN_VALUE;
    private boolean isWanted;

    /** The last token that came, and the event that carries it. */
    private Token token;

    private long tokenSequence;

    /**
     * @param unwanted the changes up to this point are not passed on
     * @param withBefore whether the values before are wanted, too; that doubles the memory
     */
    ChangeReplay(ChangeFilter filter, RestorePoint unwanted, boolean withBefore, ChangeVisitor visitor) {
        this.filter = filter;
        this.unwanted = unwanted;
        this.visitor = visitor;
        this.stateBefore = withBefore ? new StateMachine(0) : null;
        this.replayBefore = withBefore ? new Replay(stateBefore) : null;
        stateMachine.handChangesTo(this);
        filter.beginWith(stateMachine);
    }

    /** From now on passes the changes on to this visitor. */
    void passOnTo(ChangeVisitor next) {
        visitor = next;
    }

    /** From now on all changes are wanted. */
    void wantAll() {
        isWanted = true;
    }

    /** The last event that was replayed; 0 if there was none. */
    long lastSequence() {
        return stateMachine.appliedSequence();
    }

    @Override
    public void onSnapshot(SnapshotReport snapshot) throws IOException {
        latestWallClock = snapshot.latestWallClock();
        replay.onSnapshot(snapshot);
        if (replayBefore != null) {
            replayBefore.onSnapshot(snapshot);
        }
    }

    @Override
    public void onEntry(long sequence, RecordFlyweight record) throws IOException {
        replay.onEntry(sequence, record);
        if (replayBefore != null) {
            replayBefore.onEntry(sequence, record);
        }
    }

    @Override
    public void onSnapshotEnd() throws IOException {
        replay.onSnapshotEnd();
        if (replayBefore != null) {
            replayBefore.onSnapshotEnd();
        }
        filter.beginWith(stateMachine);
    }

    @Override
    public void onSnapshotBroken() {
        latestWallClock = Long.MIN_VALUE;
        replay.onSnapshotBroken();
        if (replayBefore != null) {
            replayBefore.onSnapshotBroken();
        }
        filter.beginWith(stateMachine);
    }

    @Override
    public void onUpcoming(RecordFlyweight record) {
        replay.onUpcoming(record);
    }

    @Override
    public void onFrame(int version, long timestamp, long wallClock) {
        latestWallClock = Math.max(latestWallClock, wallClock);
    }

    @Override
    public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) {
        replay.onMark(nextSequence, timestamp, mark);
    }

    @Override
    public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
        isWanted = isWanted || !unwanted.includes(sequence, latestWallClock);
        replay.onRecord(sequence, timestamp, record);
        for (Change change : ofEvent) {
            if (filter.wants(change) && isWanted) {
                passOn(change);
            }
        }
        ofEvent.clear();
        if (replayBefore != null) {
            replayBefore.onRecord(sequence, timestamp, record);
        }
    }

    private void passOn(Change change) throws IOException {
        byte[] before = stateBefore == null || change.previous() == 0 ? null : stateBefore.get(change.key());
        try {
            visitor.onChange(change, before);
        } catch (RuntimeException e) {
            throw new VisitorFailedException(e);
        }
    }

    @Override
    public void onToken(long sequence, long client, long number) {
        token = new Token(client, number);
        tokenSequence = sequence;
    }

    @Override
    public void onChange(
            long sequence,
            long timestamp,
            int index,
            ChangeKind kind,
            long previous,
            long expiry,
            long payload,
            int keyLength,
            int valueLength) {
        if (filter.passes(kind, payload, keyLength)) {
            ofEvent.add(CopiedChange.of(
                    sequence,
                    index,
                    kind,
                    bytes(payload, keyLength),
                    kind == ChangeKind.SET ? bytes(payload + keyLength, valueLength) : null,
                    expiry,
                    previous,
                    timestamp,
                    latestWallClock,
                    token != null && sequence == tokenSequence ? token : null));
        }
    }

    private static byte[] bytes(long address, int length) {
        byte[] bytes = new byte[length];
        if (length > 0) {
            RawMemory.copy(address, bytes, 0, length);
        }
        return bytes;
    }

    @Override
    public void close() {
        stateMachine.close();
        if (stateBefore != null) {
            stateBefore.close();
        }
    }

    /** A visitor has thrown: what it was shown is not to blame. */
    static final class VisitorFailedException extends IOException {
        private static final long serialVersionUID = 1L;

        VisitorFailedException(RuntimeException cause) {
            super(cause);
        }

        RuntimeException thrown() {
            return (RuntimeException) getCause();
        }
    }
}
