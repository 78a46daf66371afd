package dev.poro.statemachine;

import dev.poro.events.EventType;
import dev.poro.events.Limits;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;

/** Encodes events and applies them to one state machine, in sequence. */
final class Events implements AutoCloseable {
    private static final int BUFFER_LENGTH = Limits.MAX_RECORD_LENGTH + 1024;

    private final StateMachineUnderTest machine;
    private final long buffer = RawMemory.allocate(BUFFER_LENGTH);
    private final RecordFlyweight record = new RecordFlyweight();
    private long sequence;
    private long time;

    Events(StateMachineUnderTest machine) {
        this(machine, 1);
    }

    Events(StateMachineUnderTest machine, long firstSequence) {
        this.machine = machine;
        this.sequence = firstSequence - 1;
    }

    static Events of(StateMachine machine) {
        return new Events(StateMachineUnderTest.real(machine));
    }

    Outcome set(byte[] key, byte[] value) {
        RecordEncoder.encodeSet(buffer, key, value);
        return apply();
    }

    Outcome setUntil(byte[] key, byte[] value, long expiry) {
        RecordEncoder.encodeSet(buffer, RecordFlags.ABSOLUTE_EXPIRY, expiry, 0, key, value);
        return apply();
    }

    Outcome delete(byte[] key) {
        RecordEncoder.encodeDelete(buffer, key);
        return apply();
    }

    Outcome budget(long bytes) {
        RecordEncoder.encodeMemoryBudget(buffer, bytes);
        return apply();
    }

    /** A mark that tells the truth. */
    Outcome mark(EventType type) {
        return mark(type, sequence, machine.digest(), machine.keys());
    }

    Outcome mark(EventType type, long ofSequence, long digest, long keys) {
        RecordEncoder.encodeMark(buffer, type, ofSequence, digest, keys);
        return apply();
    }

    void skip(long events) {
        sequence += events;
    }

    /** The timestamp of the next events, in milliseconds; at first 0. */
    void time(long millis) {
        time = millis;
    }

    long time() {
        return time;
    }

    long sequence() {
        return sequence;
    }

    /** The number of the last outcome. */
    long number() {
        return machine.outcomeNumber();
    }

    /** Any record, see {@link Records}. */
    Outcome apply(byte[] bytes) {
        RawMemory.copy(bytes, 0, buffer, bytes.length);
        assert RecordFlyweight.defectOf(buffer, bytes.length) == null : RecordFlyweight.defectOf(buffer, bytes.length);
        return apply();
    }

    private Outcome apply() {
        return machine.apply(++sequence, time, record.wrap(buffer));
    }

    @Override
    public void close() {
        RawMemory.free(buffer, BUFFER_LENGTH);
        machine.close();
    }
}
