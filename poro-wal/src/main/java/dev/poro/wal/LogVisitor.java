package dev.poro.wal;

import dev.poro.events.ChangeSink;
import dev.poro.events.RecordFlyweight;
import java.io.IOException;

/**
 * Receives the contents of a log in order: a snapshot if there is one, then the events that follow it, and the marks
 * between them.
 *
 * <p>A visitor refuses what it receives by a {@link RuntimeException}. A refused snapshot counts as damaged; at a
 * refused record or mark the reading ends, because the log is damaged there. An {@link IOException} ends the reading
 * and is thrown to the caller.
 */
@FunctionalInterface
public interface LogVisitor {
    /** Accepts everything and does nothing. */
    LogVisitor NONE = (sequence, timestamp, record) -> {};

    /**
     * A snapshot begins, which covers all events up to its sequence. Called before any record that follows it.
     *
     * @throws IOException if the visitor cannot go on
     */
    default void onSnapshot(SnapshotReport snapshot) throws IOException {}

    /**
     * One entry of the snapshot or, after all entries, a client whose changes carry tokens. Each key comes once, and
     * each client.
     *
     * @param sequence of the event that wrote it, or of the client's last change
     * @param record a SET, or a CLIENT; valid during the call only
     * @throws IOException if the visitor cannot go on
     */
    default void onEntry(long sequence, RecordFlyweight record) throws IOException {}

    /**
     * All entries have been passed, as many as the snapshot's header says.
     *
     * @throws IOException if the visitor cannot go on
     */
    default void onSnapshotEnd() throws IOException {}

    /**
     * The snapshot is damaged: discard its entries. An older snapshot may follow, or the records from the first on.
     */
    default void onSnapshotBroken() {}

    /**
     * The log has a change log: what the records from now on do to keys is to be handed to it. Called at most once,
     * after the snapshot.
     */
    default void onChangeLog(ChangeSink changes) {}

    /**
     * A record that is likely to come soon: a chance to prefetch memory. It is well-formed, but its checksum was not
     * verified, and it may never come.
     *
     * @param record valid during the call only
     */
    default void onUpcoming(RecordFlyweight record) {}

    /**
     * A frame begins, from which records or a mark follow.
     *
     * @param version of its format. In version 1, marks are events: {@link #onRecord} receives them, with sequences
     * @param timestamp of the frame, in milliseconds since the epoch
     * @param wallClock of the machine when it was written, in milliseconds since the epoch; may have been wrong
     * @throws IOException if the visitor cannot go on
     */
    default void onFrame(int version, long timestamp, long wallClock) throws IOException {}

    /**
     * A mark: it states what the state is here. It is no event and has no sequence.
     *
     * @param nextSequence the sequence of the next event, which need not exist yet; more than one higher than that of
     *     the event before if damage is skipped
     * @param timestamp of the frame, in milliseconds since the epoch
     * @param mark valid during the call only
     * @throws IOException if the visitor cannot go on
     */
    default void onMark(long nextSequence, long timestamp, RecordFlyweight mark) throws IOException {}

    /**
     * One event.
     *
     * @param sequence the log sequence: one more than that of the record before; more than that if damage is skipped
     * @param timestamp of the frame, in milliseconds since the epoch
     * @param record valid during the call only
     * @throws IOException if the visitor cannot go on
     */
    void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException;

    /**
     * The records since the last call are one frame. Called only by readers that skip damage.
     *
     * @throws IOException if the visitor cannot go on
     */
    default void onFrameEnd() throws IOException {}
}
