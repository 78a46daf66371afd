package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.RecordFlyweight;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** An event as a log gives it back, to compare. */
record Event(long sequence, long timestamp, EventType type, ByteBuffer key, ByteBuffer value) {
    static Event of(long sequence, long timestamp, RecordFlyweight record) {
        return new Event(
                sequence, timestamp, record.type(), ByteBuffer.wrap(record.key()), ByteBuffer.wrap(record.value()));
    }

    static Event set(long sequence, long timestamp, String key, String value) {
        return new Event(sequence, timestamp, EventType.SET, bytes(key), bytes(value));
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
