package dev.poro.engine;

import dev.poro.events.Limits;
import dev.poro.events.RecordDescriptor;

/** The key or the value is longer than the limit; nothing changed. */
public final class EventTooLargeException extends PoroException {
    private static final long serialVersionUID = 1L;

    EventTooLargeException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Checked before an event is published: no record of the log is longer. */
    static void requireWithin(int maxValueLength, int maxRecordLength, int keyLength, int valueLength) {
        if (keyLength > Limits.MAX_KEY_LENGTH) {
            throw new EventTooLargeException(
                    "key of " + keyLength + " bytes: the limit is " + Limits.MAX_KEY_LENGTH, null);
        }
        if (valueLength > maxValueLength) {
            throw new EventTooLargeException(
                    "value of " + valueLength + " bytes: the limit is " + maxValueLength, null);
        }
        requireFits(maxRecordLength, 0, keyLength, valueLength);
    }

    /** The record fits into a segment of the log, with so many bytes of other things than key and value. */
    static void requireFits(int maxRecordLength, int fieldsLength, int keyLength, int valueLength) {
        if (fieldsLength + RecordDescriptor.recordLength(keyLength, valueLength) > maxRecordLength) {
            throw new EventTooLargeException(
                    "key and value of " + (keyLength + valueLength) + " bytes do not fit into a segment of the log, or"
                            + " a message of the cluster: the limit is "
                            + (maxRecordLength - RecordDescriptor.HEADER_LENGTH - fieldsLength)
                            + ". Without a cluster, open the store with longer segments",
                    null);
        }
    }
}
