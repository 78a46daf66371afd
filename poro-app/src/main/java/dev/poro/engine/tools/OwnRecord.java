package dev.poro.engine.tools;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;

/** Memory for one record that a tool writes itself. Each record is valid until the next. Not thread-safe. */
final class OwnRecord implements AutoCloseable {
    private final RecordFlyweight record = new RecordFlyweight();
    private long address;
    private int capacity;

    RecordFlyweight budget(long bytes) {
        reserve(0, 0, RecordDescriptor.BUDGET_LENGTH);
        RecordEncoder.encodeMemoryBudget(address, bytes);
        return record.wrap(address);
    }

    /** A set with a kind of expiry, {@link dev.poro.events.RecordFlags}, and without a guard. */
    RecordFlyweight set(int expiry, long time, byte[] key, byte[] value) {
        reserve(expiry, key.length, value.length);
        RecordEncoder.encodeSet(address, expiry, time, 0, key, value);
        return record.wrap(address);
    }

    /** The mark of a clean close after the event of a sequence. */
    RecordFlyweight closeMark(long sequence, long digest, long keys) {
        reserve(0, 0, RecordDescriptor.MARK_LENGTH);
        RecordEncoder.encodeMark(address, EventType.CLEAN_CLOSE, sequence, digest, keys);
        return record.wrap(address);
    }

    private void reserve(int flags, int keyLength, int valueLength) {
        int length = RecordDescriptor.recordLength(flags, keyLength, valueLength);
        if (length > capacity) {
            close();
            address = RawMemory.allocate(length);
            capacity = length;
        }
    }

    @Override
    public void close() {
        if (capacity > 0) {
            RawMemory.free(address, capacity);
            capacity = 0;
        }
    }
}
