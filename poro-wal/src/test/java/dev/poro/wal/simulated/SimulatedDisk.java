package dev.poro.wal.simulated;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/**
 * The bytes of one file of a {@link SimulatedStorage}, and which of them a power cut leaves. They lie in a direct
 * buffer, because they may be mapped; as long as they are, the file does not grow. Thread-safe but for the mapping.
 *
 * <p>A force that fails leaves the sectors that it should have written clean in the page cache, as Linux does: later
 * forces succeed without writing them, unless they are written anew. Until then the disk may hold either state.
 */
final class SimulatedDisk {
    private final int sectorLength;
    private String name;
    private ByteBuffer current;
    private int length;
    /** Zero behind {@link #forcedLength}, as {@link #current} is behind {@link #length}. */
    private ByteBuffer forced;

    private int forcedLength;
    private boolean mapped;
    /** What a mapped file held when its process died; {@code null} before. */
    private byte[] atDeath;

    private final BitSet lost = new BitSet();
    /** What the lost sectors held when they were lost: a store into the mapping shows in the difference only. */
    private ByteBuffer atFailure;

    SimulatedDisk(String name, int sectorLength, int capacity) {
        this.name = name;
        this.sectorLength = sectorLength;
        this.current = SimulatedMemory.take(capacity);
        this.forced = SimulatedMemory.take(capacity);
    }

    /** A file that survives a power cut as it is. */
    static SimulatedDisk of(String name, int sectorLength, byte[] contents) {
        SimulatedDisk disk = new SimulatedDisk(name, sectorLength, contents.length);
        disk.current.put(0, contents);
        disk.length = contents.length;
        disk.force();
        return disk;
    }

    /** The last name that the file was given. */
    synchronized String name() {
        return name;
    }

    synchronized void renamed(String newName) {
        name = newName;
    }

    synchronized long length() {
        return length;
    }

    synchronized int read(ByteBuffer target, long position) {
        if (position >= length) {
            return 0;
        }
        int count = Math.min(target.remaining(), length - (int) position);
        target.put(target.position(), current, (int) position, count).position(target.position() + count);
        return count;
    }

    synchronized void write(ByteBuffer source, int position) {
        int count = source.remaining();
        int end = position + count;
        if (end > current.capacity()) {
            grow(end);
        }
        current.put(position, source, source.position(), count);
        source.position(source.limit());
        length = Math.max(length, end);
        if (count > 0) {
            lost.clear(position / sectorLength, (end - 1) / sectorLength + 1);
        }
    }

    private void grow(int capacity) {
        if (mapped) {
            throw new IllegalStateException("a mapped file grows to " + capacity);
        }
        current = larger(current, capacity);
        forced = larger(forced, capacity);
    }

    private static ByteBuffer larger(ByteBuffer buffer, int capacity) {
        ByteBuffer larger = SimulatedMemory.take(Math.max(capacity, 2 * buffer.capacity()));
        larger.put(0, buffer, 0, buffer.capacity());
        SimulatedMemory.give(buffer);
        return larger;
    }

    synchronized void force() {
        if (lost.isEmpty()) {
            forced.put(0, current, 0, length);
        } else {
            for (int sector = nextDirty(0); sector >= 0; sector = nextDirty(sector + 1)) {
                if (!lost.get(sector) || !isAsLost(sector)) {
                    forceSector(sector);
                }
            }
        }
        forcedLength = length;
    }

    /** A force failed. Nobody will write what it should have written, and nobody will say so. */
    synchronized void forceFailed() {
        for (int sector = nextDirty(0); sector >= 0; sector = nextDirty(sector + 1)) {
            lost.set(sector);
        }
        if (atFailure == null || atFailure.capacity() < current.capacity()) {
            atFailure = ByteBuffer.allocate(current.capacity());
        }
        atFailure.put(0, current, 0, length);
    }

    private boolean isAsLost(int sector) {
        int from = sector * sectorLength;
        int count = Math.min(sectorLength, current.capacity() - from);
        return current.slice(from, count).equals(atFailure.slice(from, count));
    }

    /** The cache gives up some of the pages that it takes to be clean: what a failed force lost reads as before. */
    synchronized void evict(Random random) {
        for (int sector = lost.nextSetBit(0); sector >= 0; sector = lost.nextSetBit(sector + 1)) {
            if (isAsLost(sector) && random.nextBoolean()) {
                int from = sector * sectorLength;
                current.put(from, forced, from, Math.min(sectorLength, current.capacity() - from));
                lost.clear(sector);
            }
        }
    }

    private void forceSector(int sector) {
        int from = sector * sectorLength;
        forced.put(from, current, from, Math.min(sectorLength, length - from));
        lost.clear(sector);
    }

    /** The operating system writes some sectors back, on its own account. */
    synchronized void writeBack(Random random) {
        if (forcedLength < length && random.nextBoolean()) {
            forcedLength = length;
        }
        for (int sector = nextDirty(0); sector >= 0; sector = nextDirty(sector + 1)) {
            if (!lost.get(sector) && (sector + 1) * sectorLength <= forcedLength && random.nextBoolean()) {
                forceSector(sector);
            }
        }
    }

    /** The first sector from this one on that a power cut may change, or -1. */
    private int nextDirty(int sector) {
        int from = sector * sectorLength;
        if (from >= length) {
            return -1;
        }
        int at = current.slice(from, length - from).mismatch(forced.slice(from, length - from));
        return at < 0 ? -1 : (from + at) / sectorLength;
    }

    /** Adds what is not forced. */
    synchronized void addPending(List<PendingChange> pending) {
        if (forcedLength < length) {
            pending.add(PendingChange.ofGrowth(this));
        }
        for (int sector = nextDirty(0); sector >= 0; sector = nextDirty(sector + 1)) {
            pending.add(PendingChange.ofSector(this, sector));
        }
    }

    /**
     * The file as a power cut leaves it: with some of what is pending.
     *
     * @param stale what is found where the file has grown and was not written; {@code null} for zeros
     */
    synchronized SimulatedDisk afterPowerCut(
            List<PendingChange> pending, BitSet kept, StaleBlocks stale, Random random) {
        List<Integer> sectors = new ArrayList<>();
        int left = forcedLength;
        for (int i = kept.nextSetBit(0); i >= 0; i = kept.nextSetBit(i + 1)) {
            PendingChange change = pending.get(i);
            if (change.disk() == this && change.isGrowth()) {
                left = length;
            } else if (change.disk() == this && !change.isName()) {
                sectors.add(change.sector());
            }
        }
        SimulatedDisk after = new SimulatedDisk(name, sectorLength, left);
        after.length = left;
        after.current.put(0, forced, 0, left);
        if (stale != null) {
            after.showStale(stale, forcedLength, random);
        }
        for (int sector : sectors) {
            int from = sector * sectorLength;
            if (from < left) {
                after.current.put(from, current, from, Math.min(sectorLength, left - from));
            }
        }
        after.force();
        return after;
    }

    private void showStale(StaleBlocks stale, int writtenLength, Random random) {
        int first = (writtenLength + sectorLength - 1) / sectorLength * sectorLength;
        for (int from = first; from < length; from += sectorLength) {
            stale.fill(current, from, Math.min(sectorLength, length - from), random);
        }
    }

    synchronized SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk(name, sectorLength, length);
        copy.current.put(0, current, 0, length);
        copy.length = length;
        copy.force();
        return copy;
    }

    /** A copy of which the same survives a power cut. */
    synchronized SimulatedDisk fork() {
        SimulatedDisk fork = new SimulatedDisk(name, sectorLength, length);
        fork.current.put(0, current, 0, length);
        fork.length = length;
        fork.forced.put(0, forced, 0, forcedLength);
        fork.forcedLength = forcedLength;
        if (!lost.isEmpty()) {
            fork.lost.or(lost);
            fork.atFailure = ByteBuffer.allocate(Math.max(atFailure.capacity(), fork.current.capacity()));
            fork.atFailure.put(0, atFailure, 0, atFailure.capacity());
        }
        return fork;
    }

    /** Cuts it to nothing. For files that no store has open. */
    synchronized void empty() {
        SimulatedMemory.zero(current, 0, current.capacity());
        SimulatedMemory.zero(forced, 0, forced.capacity());
        length = 0;
        forcedLength = 0;
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

    /** The process dies: what it goes on to store into a mapping, as far as the test lets it, happens no more. */
    synchronized void freeze() {
        atDeath = mapped ? bytes() : null;
    }

    /** The file as it was when the process died. */
    synchronized void thaw() {
        if (atDeath != null) {
            current.put(0, atDeath);
            atDeath = null;
        }
    }

    synchronized byte[] bytes() {
        byte[] bytes = new byte[length];
        current.get(0, bytes);
        return bytes;
    }

    synchronized void flipBit(long bit) {
        int at = (int) (bit / Byte.SIZE);
        byte mask = (byte) (1 << bit % Byte.SIZE);
        current.put(at, (byte) (current.get(at) ^ mask));
        if (at < forcedLength) {
            forced.put(at, (byte) (forced.get(at) ^ mask));
        }
    }

    /** Gives the memory back. Nobody uses the file any more. */
    synchronized void release() {
        if (current != null) {
            SimulatedMemory.give(current);
            SimulatedMemory.give(forced);
            current = null;
            forced = null;
        }
    }
}
