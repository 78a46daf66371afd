package dev.poro.events;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A copy of a change, without the wall clock. */
public record SeenChange(
        long sequence,
        long timestamp,
        int index,
        ChangeKind kind,
        long previous,
        long expiry,
        ByteBuffer key,
        ByteBuffer value) {

    /** A sink that passes copies on. */
    public static ChangeSink sinkTo(Consumer<SeenChange> target) {
        return (sequence, timestamp, index, kind, previous, expiry, payload, keyLength, valueLength) ->
                target.accept(new SeenChange(
                        sequence,
                        timestamp,
                        index,
                        kind,
                        previous,
                        expiry,
                        copy(payload, keyLength),
                        copy(payload + keyLength, valueLength)));
    }

    private static ByteBuffer copy(long address, int length) {
        byte[] bytes = new byte[length];
        if (length > 0) {
            RawMemory.copy(address, bytes, 0, length);
        }
        return ByteBuffer.wrap(bytes);
    }
}
