package dev.poro.server;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * The bytes that a client has sent and the server has not run yet. While there are none, it has no memory. Belongs to
 * the thread of its connection's loop.
 */
final class RequestInput {
    private static final byte[] NOTHING = {};

    private final Tick tick;
    private byte[] bytes = NOTHING;
    private int start;
    private int end;

    /** @param tick lends the memory */
    RequestInput(Tick tick) {
        this.tick = tick;
    }

    byte[] bytes() {
        return bytes;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    int length() {
        return end - start;
    }

    boolean isEmpty() {
        return start == end;
    }

    /** The bytes that it holds memory for. */
    int capacity() {
        return bytes.length;
    }

    /** Takes all bytes of a buffer. */
    void append(ByteBuf more) {
        int length = more.readableBytes();
        makeRoom(length);
        more.readBytes(bytes, end, length);
        end += length;
    }

    private void makeRoom(int length) {
        if (bytes.length - end >= length) {
            return;
        }
        int kept = length();
        byte[] target = bytes;
        if (bytes.length < kept + length) {
            int needed = Math.max(kept + length, (int) Math.min(2L * bytes.length, Integer.MAX_VALUE - 8));
            target = needed <= Tick.BUFFER_LENGTH ? tick.takeBuffer() : new byte[needed];
        }
        System.arraycopy(bytes, start, target, 0, kept);
        replaceBytes(target, kept);
    }

    private void replaceBytes(byte[] target, int length) {
        if (target != bytes) {
            tick.giveBack(bytes);
        }
        bytes = target;
        start = 0;
        end = length;
    }

    /** Forgets bytes at the start. */
    void skip(int length) {
        start += length;
        if (start == end) {
            clear();
        }
    }

    void clear() {
        replaceBytes(NOTHING, 0);
    }

    /** Gives back memory that it does not need, because nothing more comes. */
    void trim() {
        if (bytes.length > 2 * length()) {
            replaceBytes(Arrays.copyOfRange(bytes, start, end), length());
        }
    }
}
