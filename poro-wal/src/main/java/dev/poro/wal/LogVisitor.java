package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import java.io.IOException;

/**
 * Takes what is read of a log, in its order: perhaps a snapshot, then the records that follow it.
 *
 * <p>A {@link RuntimeException} refuses what is shown: a snapshot then counts as damaged, and at a record the reading
 * ends, because the log is damaged there. An {@link IOException} ends any reading and reaches the caller as it is.
 */
@FunctionalInterface
public interface LogVisitor {
    /** Takes everything and keeps nothing. */
    LogVisitor NONE = (sequence, timestamp, record) -> {};

    /**
     * A snapshot begins, which covers the events up to its own sequence. Comes before all records that follow it.
     *
     * @throws IOException if the visitor cannot go on
     */
    default void onSnapshot(SnapshotReport snapshot) throws IOException {}

    /**
     * One entry of the snapshot, of a key that does not come twice.
     *
     * @param sequence of the event that wrote it
     * @param record a SET, valid during the call only
     * @throws IOException if the visitor cannot go on
     */
    default void onEntry(long sequence, RecordFlyweight record) throws IOException {}

    /**
     * All entries were shown, as many as the snapshot says.
     *
     * @throws IOException if the visitor cannot go on
     */
    default void onSnapshotEnd() throws IOException {}

    /**
     * The snapshot is damaged: what was shown of it is void. Another snapshot may begin, or the records with the first.
     */
    default void onSnapshotBroken() {}

    /**
     * A record that is likely to come soon: time to have the processor fetch what it will need. It is well-formed, but
     * no checksum has been compared, and it may never come.
     *
     * @param record valid during the call only
     */
    default void onUpcoming(RecordFlyweight record) {}

    /**
     * One record.
     *
     * @param sequence the log sequence: one more than that of the record before or, where damage is skipped, more
     * @param timestamp of the frame, in milliseconds since the epoch
     * @param record valid during the call only
     * @throws IOException if the visitor cannot go on
     */
    void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException;

    /**
     * The records since the last call were written as one frame. Shown only where damage is skipped.
     *
     * @throws IOException if the visitor cannot go on
     */
    default void onFrameEnd() throws IOException {}
}
