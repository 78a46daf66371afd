package dev.poro.engine.tools;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.EntryDetails;
import dev.poro.statemachine.StateMachine;

/**
 * Makes records independent of the sequences of their log: decides each guard that names a sequence by the state before
 * the event, and leaves out the guard if it is met, and what it guards if it is not. It leaves out tokens as well: the
 * clients are not in the new log. Not thread-safe.
 */
final class SequenceGuards implements AutoCloseable {
    private final StateMachine stateMachine;
    private final EntryDetails details = new EntryDetails();
    private final RecordFlyweight part = new RecordFlyweight();
    private final RecordFlyweight decided = new RecordFlyweight();
    private long time;
    private long buffer;
    private int capacity;

    /** @param stateMachine whose readers judge expiries by the time of the latest record */
    SequenceGuards(StateMachine stateMachine) {
        this.stateMachine = stateMachine;
        stateMachine.useLogTime(() -> time);
    }

    /** Whether a guard of the record, or of one in it, names a sequence; or the record has a token. */
    boolean areIn(RecordFlyweight record) {
        if (isGuardedBySequence(record) || RecordFlags.hasToken(record.flags())) {
            return true;
        }
        if (record.type() == EventType.BATCH) {
            long end = record.valueAddress() + record.valueLength();
            for (long at = record.valueAddress(); at < end; at += part.length()) {
                if (isGuardedBySequence(part.wrap(at))) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * What the record does in this state, provided that it takes effect, as a record whose guards name no sequence.
     *
     * @param timestamp of the record; not before that of the record before
     * @return valid until the next call; {@code null} if nothing is left of the record
     */
    RecordFlyweight decide(RecordFlyweight record, long timestamp) {
        time = timestamp;
        reserve(record.length());
        if (record.type() != EventType.BATCH) {
            copyWithoutSequence(record, buffer);
            return decided.wrap(buffer);
        }
        long begin = buffer + RecordDescriptor.HEADER_LENGTH;
        int length = copyParts(record, begin);
        if (length == 0) {
            return null;
        }
        RecordEncoder.encodeBatchHeader(buffer, 0, 0, length);
        return decided.wrap(buffer);
    }

    private int copyParts(RecordFlyweight batch, long target) {
        int length = 0;
        boolean isCleared = false;
        long end = batch.valueAddress() + batch.valueLength();
        for (long at = batch.valueAddress(); at < end; at += part.length()) {
            part.wrap(at);
            isCleared |= part.type() == EventType.CLEAR;
            if (!isGuardedBySequence(part)) {
                RawMemory.copy(at, target + length, part.length());
                length += part.length();
            } else if (part.type() != EventType.REQUIRE && isMet(part, isCleared)) {
                length += copyWithoutSequence(part, target + length);
            }
        }
        return length;
    }

    private boolean isMet(RecordFlyweight change, boolean isCleared) {
        boolean isAbsent = isCleared || stateMachine.get(change.key(), details) == null;
        return change.guardSequence() == (isAbsent ? 0 : details.sequence());
    }

    private static boolean isGuardedBySequence(RecordFlyweight record) {
        return RecordFlags.guard(record.flags()) == RecordFlags.IF_SEQUENCE;
    }

    /** Returns the length of the copy. */
    private static int copyWithoutSequence(RecordFlyweight record, long target) {
        int flags = RecordFlags.expiry(record.flags());
        int headLength = RecordDescriptor.HEADER_LENGTH + RecordFlags.fieldsLength(flags);
        int payloadLength = record.keyLength() + record.valueLength();
        RawMemory.copy(record.address(), target, headLength); // the fields that are left are the first ones
        RawMemory.writeByte(target + RecordDescriptor.FLAGS_OFFSET, (byte) flags);
        RawMemory.copy(record.keyAddress(), target + headLength, payloadLength);
        return headLength + payloadLength;
    }

    private void reserve(int length) {
        if (length > capacity) {
            close();
            buffer = RawMemory.allocate(length);
            capacity = length;
        }
    }

    @Override
    public void close() {
        if (capacity > 0) {
            RawMemory.free(buffer, capacity);
            capacity = 0;
        }
    }
}
