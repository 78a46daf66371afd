package dev.poro.wal;

import dev.poro.events.ChangeKind;
import dev.poro.events.RawMemory;
import dev.poro.wal.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Which blocks of one change file may have changes of a key: a Bloom filter (B. Bloom, "Space/time trade-offs in hash
 * coding with allowable errors", 1970) for each block of about 64 KiB of frames, with 10 bits and 7 probes for each
 * change, so that about one block in a hundred is read for nothing. It takes about a fiftieth of the length of a file
 * with short values. Derived from the file, and kept in memory alone. Thread-safe.
 *
 * <p>It grows with a file that is being written: {@link #readOn} takes in what was written since.
 */
final class ChangeIndex {
    private static final int BLOCK_LENGTH = 64 << 10;
    private static final int BITS_PER_CHANGE = 10;
    private static final int PROBES = 7;

    private final Storage storage;
    private final SegmentHeader header;

    private int blocks;
    private int[] offsets = new int[16];
    private long[] firstSequences = new long[16];
    /** Of the first change of each block: the latest wall clock up to it. */
    private long[] wallClocks = new long[16];
    /** {@code null} for a block in which everything was cleared: it concerns each key. */
    private long[][] filters = new long[16][];

    private int end = SegmentDescriptor.HEADER_LENGTH;
    /** Whether there is no frame after the end, because the file is full. */
    private boolean isWhole;
    /** Whether the next file is known to go on where this one ends. */
    private boolean isFollowed;

    /** Of its last change; -1 if it has none. */
    private long lastSequence = -1;

    ChangeIndex(Storage storage, SegmentHeader header) {
        this.storage = storage;
        this.header = header;
    }

    /**
     * Takes in the frames up to an offset.
     *
     * @param limit where the frames end; {@link Integer#MAX_VALUE} for all of a file that is full
     * @throws LogDamagedException if the file is damaged, or ends before the limit
     */
    synchronized void readOn(int limit) throws IOException {
        if (isWhole || end >= limit) {
            return;
        }
        if (blocks > 0) {
            end = offsets[--blocks]; // it may not be full
        }
        long to = header.number << Integer.SIZE | Math.min(limit, header.length);
        try (ChangeReader reader = new ChangeReader(storage, () -> to, () -> Long.MAX_VALUE, 0, 0)) {
            reader.openAt(header, end);
            Block block = new Block();
            while (reader.next()) {
                if (reader.frameOffset() - block.begin >= BLOCK_LENGTH) {
                    add(block);
                    block = new Block();
                }
                block.take(reader);
                lastSequence = reader.sequence();
                end = reader.nextFrameOffset();
            }
            add(block);
        }
        isWhole = limit == Integer.MAX_VALUE;
        if (!isWhole && end < limit) {
            throw endsAt(end, limit);
        }
    }

    private LogDamagedException endsAt(int offset, int expected) {
        return new LogDamagedException(
                storage.describe(SegmentKind.CHANGES.nameOf(header.number)),
                offset,
                lastSequence,
                "the changes end here, not at offset " + expected);
    }

    /** Whether it is still to be seen that the changes of the file after this one follow its own. */
    synchronized boolean isFollowUnknown() {
        return isWhole && !isFollowed;
    }

    /**
     * Requires that the changes of the file after this one follow its own. Only of a whole file.
     *
     * @param number of the next file that there is
     * @param before the sequence of the change before its first one
     * @param isFirst whether there is no file before this one: it may have been too short for the very first change
     * @throws LogDamagedException if some are missing between them
     */
    synchronized void requireFollowedBy(long number, long before, boolean isFirst) {
        boolean isConnected = lastSequence == before || (isFirst && lastSequence < 0);
        if (number != header.number + 1 || !isConnected) {
            throw new LogDamagedException(
                    storage.describe(SegmentKind.CHANGES.nameOf(number)),
                    SegmentDescriptor.HEADER_LENGTH,
                    before,
                    "the change before is of sequence " + before + ", but the file before ends with " + lastSequence);
        }
        isFollowed = true;
    }

    private void add(Block block) {
        if (block.changes == 0) {
            return;
        }
        if (blocks == offsets.length) {
            int more = 2 * blocks;
            offsets = Arrays.copyOf(offsets, more);
            firstSequences = Arrays.copyOf(firstSequences, more);
            wallClocks = Arrays.copyOf(wallClocks, more);
            filters = Arrays.copyOf(filters, more);
        }
        offsets[blocks] = block.begin;
        firstSequences[blocks] = block.firstSequence;
        wallClocks[blocks] = block.wallClock;
        filters[blocks] = block.filter();
        blocks++;
    }

    SegmentHeader header() {
        return header;
    }

    synchronized int blocks() {
        return blocks;
    }

    /** Where the first frame of a block begins. */
    synchronized int offset(int block) {
        return offsets[block];
    }

    /** Where the frames of a block end. */
    synchronized int endOf(int block) {
        return block + 1 < blocks ? offsets[block + 1] : end;
    }

    synchronized long firstSequence(int block) {
        return firstSequences[block];
    }

    /** The latest wall clock up to the first change of a block, in milliseconds since the epoch. */
    synchronized long wallClock(int block) {
        return wallClocks[block];
    }

    /** Whether a block may have a change of a key with this {@link #hash}. */
    synchronized boolean mayContain(int block, long hash) {
        long[] filter = filters[block];
        if (filter == null) {
            return true;
        }
        long bits = (long) filter.length * Long.SIZE;
        for (int probe = 0; probe < PROBES; probe++) {
            long bit = bitOf(hash, probe, bits);
            if ((filter[(int) (bit >>> 6)] & 1L << bit) == 0) {
                return false;
            }
        }
        return true;
    }

    /** Two halves of the hash make all probes (A. Kirsch, M. Mitzenmacher, "Less Hashing, Same Performance", 2006). */
    private static long bitOf(long hash, int probe, long bits) {
        long first = hash & 0xFFFF_FFFFL;
        long second = hash >>> Integer.SIZE | 1;
        return ((first + probe * second) & 0x7FFF_FFFF_FFFFL) % bits;
    }

    /** A hash of a key. */
    static long hash(byte[] key) {
        ByteBuffer bytes = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
        long hash = key.length;
        while (bytes.remaining() >= Long.BYTES) {
            hash = mix(hash ^ bytes.getLong());
        }
        long rest = 0;
        for (int shift = 0; bytes.hasRemaining(); shift += Byte.SIZE) {
            rest |= (bytes.get() & 0xFFL) << shift;
        }
        return mix(hash ^ rest);
    }

    /** {@link #hash(byte[])} of a key in memory. */
    private static long hash(long address, int length) {
        long hash = length;
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            hash = mix(hash ^ RawMemory.readLong(address + at));
        }
        long rest = 0;
        for (int shift = 0; at < length; at++, shift += Byte.SIZE) {
            rest |= (RawMemory.readByte(address + at) & 0xFFL) << shift;
        }
        return mix(hash ^ rest);
    }

    /** The finalizer of SplitMix64 (S. Vigna, 2015; "variant 13" of D. Stafford). */
    private static long mix(long z) {
        long mixed = (z + 0x9E37_79B9_7F4A_7C15L) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ mixed >>> 31;
    }

    /** The hashes of a block that is being read. */
    private static final class Block {
        private int begin = -1;
        private long firstSequence;
        private long wallClock;
        private boolean isCleared;
        private long[] hashes = new long[1_024];
        private int changes;

        void take(ChangeReader reader) {
            if (changes == 0) {
                begin = reader.frameOffset();
                firstSequence = reader.sequence();
                wallClock = reader.latestWallClock();
            }
            if (changes == hashes.length) {
                hashes = Arrays.copyOf(hashes, 2 * changes);
            }
            isCleared |= reader.kind() == ChangeKind.CLEARED;
            hashes[changes++] = hash(reader.keyAddress(), reader.keyLength());
        }

        long[] filter() {
            if (isCleared) {
                return null;
            }
            long[] filter = new long[(changes * BITS_PER_CHANGE + Long.SIZE - 1) / Long.SIZE];
            long bits = (long) filter.length * Long.SIZE;
            for (int i = 0; i < changes; i++) {
                for (int probe = 0; probe < PROBES; probe++) {
                    long bit = bitOf(hashes[i], probe, bits);
                    filter[(int) (bit >>> 6)] |= 1L << bit;
                }
            }
            return filter;
        }
    }
}
