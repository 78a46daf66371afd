package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_MASK;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_SHIFT;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_HEADER_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_NEXT_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_PAYLOAD_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_PREVIOUS_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.DIGEST_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.FIRST_CHUNK_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.FLAGS_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.HASH_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.HEADER_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.KEY_LENGTH_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.LARGE_HEADER_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.PREVIOUS_IS_ENTRY;
import static dev.poro.statemachine.EntryDescriptor.SEQUENCE_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.VALUE_LENGTH_OFFSET;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SnapshotSink;

/** Writes, compares and frees entries in slots of the {@link Slab}. Single writer; see {@link EntryDescriptor}. */
final class Entries {
    private final Slab slab;
    private final long base;

    Entries(Arena arena, Slab slab) {
        this.slab = slab;
        this.base = arena.base();
    }

    /** The address of an entry or a chunk. */
    long address(long reference) {
        return base + (reference << REFERENCE_SHIFT);
    }

    static long sequence(long entry) {
        return RawMemory.readLong(entry + SEQUENCE_OFFSET);
    }

    static int valueLength(long entry) {
        return RawMemory.readInt(entry + VALUE_LENGTH_OFFSET);
    }

    static int keyLength(long entry) {
        return RawMemory.readUnsignedShort(entry + KEY_LENGTH_OFFSET);
    }

    static int payloadLength(long entry) {
        return keyLength(entry) + valueLength(entry);
    }

    /** The digest of an entry. */
    static long digest(long entry) {
        int keyLength = keyLength(entry);
        int valueLength = valueLength(entry);
        int payloadLength = keyLength + valueLength;
        if (!EntryDescriptor.isInline(payloadLength)) {
            return RawMemory.readLong(entry + DIGEST_OFFSET);
        }
        return EntryDescriptor.keepsDigest(payloadLength)
                ? RawMemory.readLong(entry + EntryDescriptor.digestOffset(payloadLength))
                : EntryDigest.of(entry + HEADER_LENGTH, keyLength, valueLength);
    }

    /** The key's hash, which a large entry keeps. */
    static long storedHash(long largeEntry) {
        return RawMemory.readLong(largeEntry + HASH_OFFSET);
    }

    /** Writes an entry that no reader can reach yet; returns its reference. Enough pages must be free. */
    long write(long sequence, RecordFlyweight record, long hash, long digest) {
        assert sequence > 0 : sequence;
        int payloadLength = record.keyLength() + record.valueLength();
        long reference = slab.allocate(EntryDescriptor.sizeClass(payloadLength));
        long entry = address(reference);
        RawMemory.writeLong(entry + SEQUENCE_OFFSET, sequence);
        RawMemory.writeInt(entry + VALUE_LENGTH_OFFSET, record.valueLength());
        RawMemory.writeShort(entry + KEY_LENGTH_OFFSET, record.keyLength());
        RawMemory.writeShort(entry + FLAGS_OFFSET, 0);
        if (EntryDescriptor.isInline(payloadLength)) {
            RawMemory.copy(record.keyAddress(), entry + HEADER_LENGTH, payloadLength);
            keepDigest(entry, payloadLength, digest);
        } else {
            writeLarge(reference, record.keyAddress(), payloadLength, hash, digest);
        }
        return reference;
    }

    /** Replaces the value of an inline entry by one whose entry has the same size class. */
    void overwriteValue(long entry, long sequence, RecordFlyweight record, long digest) {
        assert sequence >= sequence(entry) : sequence + " after " + sequence(entry);
        RawMemory.writeLong(entry + SEQUENCE_OFFSET, sequence);
        RawMemory.writeInt(entry + VALUE_LENGTH_OFFSET, record.valueLength());
        RawMemory.copy(record.valueAddress(), entry + HEADER_LENGTH + record.keyLength(), record.valueLength());
        keepDigest(entry, record.keyLength() + record.valueLength(), digest);
    }

    private static void keepDigest(long inlineEntry, int payloadLength, long digest) {
        if (EntryDescriptor.keepsDigest(payloadLength)) {
            RawMemory.writeLong(inlineEntry + EntryDescriptor.digestOffset(payloadLength), digest);
        }
    }

    /** Frees an entry that no reader can reach any more. */
    void free(long reference) {
        long entry = address(reference);
        if (!EntryDescriptor.isInline(payloadLength(entry))) {
            long chunk = RawMemory.readLong(entry + FIRST_CHUNK_OFFSET);
            while (chunk != 0) {
                long next = nextChunk(address(chunk));
                slab.free(chunk);
                chunk = next;
            }
        }
        slab.free(reference);
    }

    /** Whether the entry's key is the {@code length} bytes at {@code key}. */
    boolean hasKey(long entry, long key, int length) {
        if (keyLength(entry) != length) {
            return false;
        }
        int payloadLength = length + valueLength(entry);
        return EntryDescriptor.isInline(payloadLength)
                ? RawMemory.equal(entry + HEADER_LENGTH, key, length)
                : hasKeyLarge(entry, key, length, EntryDescriptor.firstPartLength(payloadLength));
    }

    /** Writes the payload of an entry to a sink. */
    void writePayload(long entry, SnapshotSink sink) {
        int payloadLength = payloadLength(entry);
        if (EntryDescriptor.isInline(payloadLength)) {
            sink.write(entry + HEADER_LENGTH, payloadLength);
            return;
        }
        int written = EntryDescriptor.firstPartLength(payloadLength);
        sink.write(entry + LARGE_HEADER_LENGTH, written);
        long chunk = address(RawMemory.readLong(entry + FIRST_CHUNK_OFFSET));
        for (; written < payloadLength; written += CHUNK_PAYLOAD_LENGTH) {
            sink.write(chunk + CHUNK_HEADER_LENGTH, CHUNK_PAYLOAD_LENGTH);
            chunk = address(nextChunk(chunk));
        }
    }

    static long nextChunk(long chunk) {
        return RawMemory.readLong(chunk + CHUNK_NEXT_OFFSET) & REFERENCE_MASK;
    }

    private boolean hasKeyLarge(long entry, long key, int length, int firstPartLength) {
        int compared = Math.min(length, firstPartLength);
        if (!RawMemory.equal(entry + LARGE_HEADER_LENGTH, key, compared)) {
            return false;
        }
        long chunk = address(RawMemory.readLong(entry + FIRST_CHUNK_OFFSET));
        while (compared < length) {
            int part = Math.min(length - compared, CHUNK_PAYLOAD_LENGTH);
            if (!RawMemory.equal(chunk + CHUNK_HEADER_LENGTH, key + compared, part)) {
                return false;
            }
            compared += part;
            chunk = address(nextChunk(chunk));
        }
        return true;
    }

    private void writeLarge(long reference, long payload, int payloadLength, long hash, long digest) {
        long entry = address(reference);
        RawMemory.writeLong(entry + DIGEST_OFFSET, digest);
        RawMemory.writeLong(entry + HASH_OFFSET, hash);
        int written = EntryDescriptor.firstPartLength(payloadLength);
        RawMemory.copy(payload, entry + LARGE_HEADER_LENGTH, written);
        long link = entry + FIRST_CHUNK_OFFSET;
        long linkTag = 0;
        long previous = reference | PREVIOUS_IS_ENTRY;
        for (; written < payloadLength; written += CHUNK_PAYLOAD_LENGTH) {
            long chunkReference = slab.allocate(SizeClasses.CHUNK);
            long chunk = address(chunkReference);
            RawMemory.writeLong(link, linkTag | chunkReference);
            RawMemory.writeLong(chunk + CHUNK_PREVIOUS_OFFSET, previous);
            RawMemory.copy(payload + written, chunk + CHUNK_HEADER_LENGTH, CHUNK_PAYLOAD_LENGTH);
            link = chunk + CHUNK_NEXT_OFFSET;
            linkTag = hash & ~REFERENCE_MASK;
            previous = chunkReference;
        }
        RawMemory.writeLong(link, linkTag);
    }
}
