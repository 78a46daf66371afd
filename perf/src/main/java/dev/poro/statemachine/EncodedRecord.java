package dev.poro.statemachine;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;

/** A record outside the heap, as the handlers are given it, whose key can be changed. */
final class EncodedRecord {
    private final RecordFlyweight record = new RecordFlyweight();
    private final long address;
    private final int length;

    private EncodedRecord(int length) {
        this.address = RawMemory.allocate(length);
        this.length = length;
    }

    /** A set with a key and a value of these lengths. */
    static EncodedRecord set(int keyLength, int valueLength) {
        EncodedRecord set = new EncodedRecord(RecordDescriptor.recordLength(keyLength, valueLength));
        RecordEncoder.encodeSet(set.address, new byte[keyLength], new byte[valueLength]);
        return set;
    }

    /** The budget of a state machine. */
    static EncodedRecord memoryBudget(long bytes) {
        EncodedRecord budget = new EncodedRecord(RecordDescriptor.recordLength(0, RecordDescriptor.BUDGET_LENGTH));
        RecordEncoder.encodeMemoryBudget(budget.address, bytes);
        return budget;
    }

    /** The record, with another key of the same length. */
    RecordFlyweight with(byte[] key) {
        RawMemory.copy(key, 0, address + RecordDescriptor.HEADER_LENGTH, key.length);
        return flyweight();
    }

    RecordFlyweight flyweight() {
        return record.wrap(address);
    }

    /** The address of the value. */
    long valueAddress() {
        return flyweight().valueAddress();
    }

    void free() {
        RawMemory.free(address, length);
    }
}
