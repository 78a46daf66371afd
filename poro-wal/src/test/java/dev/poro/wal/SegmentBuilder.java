package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A segment written byte by byte as the specification says, with valid checksums, whatever the fields say. Shares no
 * code with {@link SegmentWriter} but the offsets and the checksum.
 */
final class SegmentBuilder {
    static final long LOG_ID = 0x0102_0304_0506_0708L;
    static final long SALT = 0x1122_3344_5566_7788L;
    static final long CREATED = 1_700_000_000_000L;

    private final ByteBuffer bytes;
    private final long salt;
    private int end = SegmentDescriptor.HEADER_LENGTH;

    SegmentBuilder() {
        this(1, SALT);
    }

    SegmentBuilder(long number, long salt) {
        this(number, LOG_ID, salt, SegmentDescriptor.MIN_LENGTH, SegmentDescriptor.FORMAT_VERSION);
    }

    SegmentBuilder(long number, long logId, long salt, long length, int version) {
        this.salt = salt;
        this.bytes = ByteBuffer.allocateDirect(SegmentDescriptor.MIN_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(0, new byte[] {'P', 'O', 'R', 'O'});
        bytes.putInt(4, version);
        bytes.putLong(8, logId);
        bytes.putLong(16, salt);
        bytes.putLong(24, CREATED);
        bytes.putLong(32, number);
        bytes.putLong(40, length);
        sealIdentity();
    }

    SegmentBuilder start(long firstSequence) {
        bytes.putLong(64, firstSequence);
        return putInt(124, new Checksum(salt).of(bytes, 64, 124));
    }

    SegmentBuilder sealIdentity() {
        return putInt(60, new Checksum(0).of(bytes, 0, 60));
    }

    /** Adds a whole frame of sets, with a key of 4 letters and a value each. */
    SegmentBuilder frame(long firstSequence, long durableSequence, String... values) {
        int from = end;
        int at = from + 40;
        long base = RawMemory.addressOf(bytes);
        for (String value : values) {
            byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
            at += RecordEncoder.encodeSet(base + at, new byte[] {'k', 'e', 'y', '!'}, encoded);
        }
        int length = FrameDescriptor.align(at - from);
        header(from, length, values.length, firstSequence, durableSequence);
        end = from + length;
        return seal(from, length);
    }

    /** Adds a frame with the mark of a clean close, which states the state before an event. */
    SegmentBuilder mark(long nextSequence, long durableSequence) {
        int from = end;
        RecordEncoder.encodeMark(
                RawMemory.addressOf(bytes) + from + 40, EventType.CLEAN_CLOSE, nextSequence - 1, 0x1234, 5);
        int length = FrameDescriptor.markFrameLength(0);
        header(from, length, 0, nextSequence, durableSequence);
        end = from + length;
        return seal(from, length);
    }

    SegmentBuilder header(int from, int length, int count, long firstSequence, long durableSequence) {
        bytes.putInt(from, length);
        bytes.putInt(from + 4, count);
        bytes.putLong(from + 8, firstSequence);
        bytes.putLong(from + 16, CREATED + firstSequence);
        bytes.putLong(from + 24, durableSequence);
        return this;
    }

    /** Makes both checksums of a frame right, whatever it holds. */
    SegmentBuilder seal(int from, int length) {
        putInt(from + 32, new Checksum(salt).of(bytes, from + 40, from + length));
        return sealHeader(from);
    }

    SegmentBuilder sealHeader(int from) {
        return putInt(from + 36, new Checksum(salt).of(bytes, from, from + 36));
    }

    SegmentBuilder putInt(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    SegmentBuilder putLong(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    SegmentBuilder putType(int offset, EventType type) {
        bytes.put(offset, type.code());
        return this;
    }

    SegmentBuilder put(int offset, byte[] some) {
        bytes.put(offset, some);
        return this;
    }

    /** Where the next frame would begin. */
    int end() {
        return end;
    }

    byte[] bytes() {
        return bytes(bytes.capacity());
    }

    byte[] bytes(int length) {
        byte[] copy = new byte[length];
        bytes.get(0, copy);
        return copy;
    }
}
