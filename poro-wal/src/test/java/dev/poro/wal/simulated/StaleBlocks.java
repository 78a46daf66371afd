package dev.poro.wal.simulated;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/**
 * What blocks held before a file got them. After a power cut a file may have its length, but not its contents: a file
 * system that does not order the two (ext4 with {@code data=writeback}) then shows what was there before, also of files
 * that were deleted. Guarded by the storage.
 */
final class StaleBlocks {
    private static final int FILES_KEPT = 4;

    private final Deque<byte[]> deleted = new ArrayDeque<>();

    /** A file was deleted: other files get its blocks. */
    void add(byte[] contents) {
        if (deleted.size() == FILES_KEPT) {
            deleted.removeFirst();
        }
        deleted.addLast(contents);
    }

    void addAllOf(StaleBlocks others) {
        deleted.addAll(others.deleted);
    }

    /** Gives a sector that was never written zeros, or what some deleted file had there, or what nobody knows. */
    void fill(ByteBuffer file, int from, int count, Random random) {
        int chance = random.nextInt(4);
        if (chance == 0) {
            byte[] noise = new byte[count];
            random.nextBytes(noise);
            file.put(from, noise);
        } else if (chance > 1 && !deleted.isEmpty()) {
            byte[] other = deleted.stream()
                    .skip(random.nextInt(deleted.size()))
                    .findFirst()
                    .orElseThrow();
            file.put(from, other, Math.min(from, other.length), Math.max(0, Math.min(count, other.length - from)));
        }
    }
}
