package dev.poro.statemachine;

import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.Limits;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import java.util.function.LongToIntFunction;

/** Records as arrays. */
final class Records {
    private static final long BUFFER = RawMemory.allocate(Limits.MAX_RECORD_LENGTH);

    private Records() {}

    static byte[] set(int flags, long time, long sequence, byte[] key, byte[] value) {
        return encode(at -> RecordEncoder.encodeSet(at, flags, time, sequence, key, value));
    }

    static byte[] delete(int flags, long sequence, byte[] key) {
        return encode(at -> RecordEncoder.encodeDelete(at, flags, sequence, key));
    }

    static byte[] add(int flags, long sequence, byte[] key, long delta) {
        return encode(at -> RecordEncoder.encodeAdd(at, flags, sequence, key, delta));
    }

    static byte[] splice(int flags, long sequence, byte[] key, int offset, int limit, byte[] bytes) {
        return encode(at -> RecordEncoder.encodeSplice(at, flags, sequence, key, offset, limit, bytes));
    }

    static byte[] expireAt(int flags, long time, long sequence, byte[] key, ExpiryCondition condition) {
        return encode(at -> RecordEncoder.encodeExpireAt(at, flags, time, sequence, key, condition));
    }

    static byte[] clear() {
        return encode(RecordEncoder::encodeClear);
    }

    static byte[] expireDue(int most) {
        return encode(at -> RecordEncoder.encodeExpireDue(at, most));
    }

    static byte[] require(int flags, long sequence, byte[] key) {
        return encode(at -> RecordEncoder.encodeRequire(at, flags, sequence, key));
    }

    static byte[] budget(long bytes) {
        return encode(at -> RecordEncoder.encodeMemoryBudget(at, bytes));
    }

    static byte[] mark(EventType type, long sequence, long digest, long keys) {
        return encode(at -> RecordEncoder.encodeMark(at, type, sequence, digest, keys));
    }

    static byte[] batch(int flags, long sequence, byte[]... parts) {
        return encode(at -> {
            int length = 0;
            for (byte[] part : parts) {
                length += part.length;
            }
            int end = RecordEncoder.encodeBatchHeader(at, flags, sequence, length);
            for (byte[] part : parts) {
                RawMemory.copy(part, 0, at + end, part.length);
                end += part.length;
            }
            return end;
        });
    }

    /** The same change with a token. */
    static byte[] withToken(byte[] change, long client, long number) {
        return encode(at -> {
            int flags = change[RecordDescriptor.FLAGS_OFFSET];
            int head = RecordDescriptor.recordLength(flags, 0, 0);
            int length = RecordDescriptor.recordLength(flags | RecordFlags.TOKEN, 0, 0) + change.length - head;
            RawMemory.copy(change, 0, at, head);
            RawMemory.copy(change, head, at + length - (change.length - head), change.length - head);
            RawMemory.writeByte(at + RecordDescriptor.FLAGS_OFFSET, (byte) (flags | RecordFlags.TOKEN));
            RecordEncoder.encodeToken(at, client, number);
            return length;
        });
    }

    private static synchronized byte[] encode(LongToIntFunction encoder) {
        byte[] record = new byte[encoder.applyAsInt(BUFFER)];
        RawMemory.copy(BUFFER, record, 0, record.length);
        return record;
    }
}
