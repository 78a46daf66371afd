package dev.poro.wal;

import dev.poro.events.RecordFlyweight;

/** Takes the records of a log in their order. */
@FunctionalInterface
public interface RecordVisitor {
    /**
     * One record.
     *
     * @param sequence the log sequence, one more than that of the record before
     * @param timestamp milliseconds since the epoch
     * @param record valid during the call only
     * @throws RuntimeException to refuse the record, which ends the reading: the log is damaged there
     */
    void onRecord(long sequence, long timestamp, RecordFlyweight record);

    /**
     * A record that is likely to come soon: time to have the processor fetch what it will need. It is well-formed, but
     * no checksum has been compared, and it may never come.
     *
     * @param record valid during the call only
     */
    default void onUpcoming(RecordFlyweight record) {}
}
