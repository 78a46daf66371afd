package dev.poro.wal;

import static dev.poro.wal.SimulatedStorage.SECTOR_LENGTH;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/**
 * The bytes of one file of a {@link SimulatedStorage}, and which of them a power cut leaves. They lie in a direct
 * buffer, because they may be mapped; as long as they are, the file does not grow. Thread-safe but for the mapping.
 */
final class SimulatedDisk {
    private ByteBuffer current = ByteBuffer.allocateDirect(0);
    private int length;
    private byte[] forced = {};
    private boolean mapped;

    synchronized long length() {
        return length;
    }

    synchronized int read(ByteBuffer target, long position) {
        if (position >= length) {
            return 0;
        }
        int count = Math.min(target.remaining(), length - (int) position);
        target.put(current.slice((int) position, count));
        return count;
    }

    synchronized void write(ByteBuffer source, int position) {
        int end = position + source.remaining();
        if (end > current.capacity()) {
            if (mapped) {
                throw new IllegalStateException("a mapped file grows to " + end);
            }
            ByteBuffer larger = ByteBuffer.allocateDirect(Math.max(end, 2 * current.capacity()));
            larger.put(current.slice(0, length));
            current = larger;
        }
        current.slice(position, source.remaining()).put(source);
        length = Math.max(length, end);
    }

    synchronized void force() {
        forced = bytes();
    }

    /** Forces some sectors, and not always the new length. */
    synchronized void forceSome(Random random) {
        forced = afterPowerCut(random);
    }

    synchronized ByteBuffer map(int count) {
        if (count > length) {
            throw new IllegalStateException("mapping " + count + " bytes of " + length);
        }
        mapped = true;
        return current.slice(0, count);
    }

    synchronized void unmap() {
        mapped = false;
    }

    synchronized byte[] bytes() {
        byte[] bytes = new byte[length];
        current.get(0, bytes);
        return bytes;
    }

    synchronized void flipBit(long bit) {
        int at = (int) (bit / Byte.SIZE);
        current.put(at, (byte) (current.get(at) ^ 1 << bit % Byte.SIZE));
        force();
    }

    /** Of every sector that is not forced, and of the length, the new or the old state. */
    synchronized byte[] afterPowerCut(Random random) {
        byte[] now = bytes();
        byte[] left = Arrays.copyOf(forced, random.nextBoolean() ? now.length : forced.length);
        for (int from = 0; from < left.length; from += SECTOR_LENGTH) {
            int to = Math.min(from + SECTOR_LENGTH, Math.min(left.length, now.length));
            if (to > from && !Arrays.equals(left, from, to, now, from, to) && random.nextBoolean()) {
                System.arraycopy(now, from, left, from, to - from);
            }
        }
        return left;
    }
}
