package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_MASK;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_SHIFT;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_HEADER_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_NEXT_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_PAYLOAD_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_PREVIOUS_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.DIGEST_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.EXPIRES;
import static dev.poro.statemachine.EntryDescriptor.FIRST_CHUNK_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.FLAGS_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.HASH_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.HEADER_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.KEY_LENGTH_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.LARGE_HEADER_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.PLACE_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.PREVIOUS_IS_ENTRY;
import static dev.poro.statemachine.EntryDescriptor.SEQUENCE_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.VALUE_LENGTH_OFFSET;

import dev.poro.events.RawMemory;
import dev.poro.events.SnapshotSink;
import java.util.Arrays;

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

    /** Whether the entry has an expiry. */
    static boolean expires(long entry) {
        return (RawMemory.readByte(entry + FLAGS_OFFSET) & EXPIRES) != 0;
    }

    /** The expiry of an entry that has one, in milliseconds since 1970. */
    static long expiry(long entry) {
        return RawMemory.readLong(entry + EntryDescriptor.expiryOffset(payloadLength(entry)));
    }

    /** {@link #expiry}, or {@link NewEntry#NO_EXPIRY}. */
    static long expiryOrNone(long entry) {
        return expires(entry) ? expiry(entry) : NewEntry.NO_EXPIRY;
    }

    /** Where the {@link ExpiryHeap} has an entry that has an expiry. */
    static int place(long entry) {
        return RawMemory.readInt(entry + EntryDescriptor.expiryOffset(payloadLength(entry)) + PLACE_OFFSET);
    }

    static void setPlace(long entry, int place) {
        RawMemory.writeInt(entry + EntryDescriptor.expiryOffset(payloadLength(entry)) + PLACE_OFFSET, place);
    }

    static boolean isInline(long entry) {
        return EntryDescriptor.isInline(payloadLength(entry), expires(entry));
    }

    /** What an entry counts against the memory budget. */
    static int charge(long entry) {
        return EntryDescriptor.charge(payloadLength(entry), expires(entry));
    }

    /** The digest of an entry. */
    static long digest(long entry) {
        boolean expires = expires(entry);
        long digest = digestOfPayload(entry, expires);
        return expires ? EntryDigest.withExpiry(digest, expiry(entry)) : digest;
    }

    private static long digestOfPayload(long entry, boolean expires) {
        int keyLength = keyLength(entry);
        int valueLength = valueLength(entry);
        int payloadLength = keyLength + valueLength;
        if (!EntryDescriptor.isInline(payloadLength, expires)) {
            return RawMemory.readLong(entry + DIGEST_OFFSET);
        }
        return EntryDescriptor.keepsDigest(payloadLength)
                ? RawMemory.readLong(entry + EntryDescriptor.digestOffset(payloadLength))
                : EntryDigest.of(entry + HEADER_LENGTH, keyLength, valueLength);
    }

    /** The hash of the entry's key. */
    static long hash(long entry, WyHash keyHash) {
        return isInline(entry) ? keyHash.of(entry + HEADER_LENGTH, keyLength(entry)) : storedHash(entry);
    }

    /** The hash that was computed when a large entry was written. */
    static long storedHash(long largeEntry) {
        return RawMemory.readLong(largeEntry + HASH_OFFSET);
    }

    /** Writes an entry that no reader can reach yet; returns its reference. Room must have been made. */
    long write(NewEntry written) {
        assert written.sequence() > 0 : written.sequence();
        int payloadLength = written.payloadLength();
        long reference = slab.allocate(written.sizeClass());
        long entry = address(reference);
        RawMemory.writeLong(entry + SEQUENCE_OFFSET, written.sequence());
        RawMemory.writeInt(entry + VALUE_LENGTH_OFFSET, written.valueLength());
        RawMemory.writeShort(entry + KEY_LENGTH_OFFSET, written.keyLength());
        RawMemory.writeShort(entry + FLAGS_OFFSET, written.expires() ? EXPIRES : 0);
        if (written.isInline()) {
            RawMemory.copy(written.payload(), entry + HEADER_LENGTH, payloadLength);
            keepDigest(entry, payloadLength, written.digestOfPayload());
        } else {
            writeLarge(reference, written);
        }
        if (written.expires()) {
            writeExpiry(entry, written.expiry(), 0);
        }
        return reference;
    }

    /**
     * Replaces the value of an inline entry by one whose entry has the same size class, and an expiry if this one has
     * one. Its place in the heap of expiries stays.
     */
    void overwriteValue(long entry, NewEntry written) {
        assert written.sequence() >= sequence(entry) : written.sequence() + " after " + sequence(entry);
        int place = written.expires() ? place(entry) : 0;
        RawMemory.writeLong(entry + SEQUENCE_OFFSET, written.sequence());
        RawMemory.writeInt(entry + VALUE_LENGTH_OFFSET, written.valueLength());
        RawMemory.copy(
                written.payload() + written.keyLength(),
                entry + HEADER_LENGTH + written.keyLength(),
                written.valueLength());
        keepDigest(entry, written.payloadLength(), written.digestOfPayload());
        if (written.expires()) {
            writeExpiry(entry, written.expiry(), place);
        }
    }

    /** Replaces the value of an inline entry without a kept digest by a decimal; returns the entry's digest. */
    static long overwriteNumber(long entry, long sequence, DecimalNumber decimal) {
        assert sequence > sequence(entry) && !expires(entry) : sequence + " after " + sequence(entry);
        int keyLength = keyLength(entry);
        RawMemory.writeLong(entry + SEQUENCE_OFFSET, sequence);
        RawMemory.writeInt(entry + VALUE_LENGTH_OFFSET, decimal.length());
        decimal.write(entry + HEADER_LENGTH + keyLength);
        return EntryDigest.of(entry + HEADER_LENGTH, keyLength, decimal.length());
    }

    /** Gives an entry that has an expiry another one. */
    static void overwriteExpiry(long entry, long sequence, long expiry) {
        assert expires(entry) && sequence >= sequence(entry) : sequence + " after " + sequence(entry);
        RawMemory.writeLong(entry + SEQUENCE_OFFSET, sequence);
        RawMemory.writeLong(entry + EntryDescriptor.expiryOffset(payloadLength(entry)), expiry);
    }

    private static void writeExpiry(long entry, long expiry, int place) {
        long at = entry + EntryDescriptor.expiryOffset(payloadLength(entry));
        RawMemory.writeLong(at, expiry);
        RawMemory.writeLong(at + PLACE_OFFSET, place);
    }

    private static void keepDigest(long inlineEntry, int payloadLength, long digest) {
        if (EntryDescriptor.keepsDigest(payloadLength)) {
            RawMemory.writeLong(inlineEntry + EntryDescriptor.digestOffset(payloadLength), digest);
        }
    }

    /** Frees an entry that no reader can reach any more. */
    void free(long reference) {
        long entry = address(reference);
        if (!isInline(entry)) {
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
        return EntryDescriptor.isInline(payloadLength, expires(entry))
                ? RawMemory.equal(entry + HEADER_LENGTH, key, length)
                : hasKeyLarge(entry, key, length, EntryDescriptor.firstPartLength(payloadLength));
    }

    /**
     * Which of two keys comes first in the order of their bytes, unsigned; a key comes before those that begin with it.
     *
     * @return less than, equal to or more than 0, as a comparator does
     */
    int compareKeys(long entry, long other) {
        int length = keyLength(entry);
        int otherLength = keyLength(other);
        byte[] key = new byte[length];
        byte[] otherKey = new byte[otherLength];
        copyPayload(entry, 0, key, 0, length);
        copyPayload(other, 0, otherKey, 0, otherLength);
        return Arrays.compareUnsigned(key, otherKey);
    }

    /** Where the value of an entry lies if it is in one piece; otherwise 0. */
    static long inlineValue(long entry) {
        return isInline(entry) ? entry + HEADER_LENGTH + keyLength(entry) : 0;
    }

    /** Copies a part of the payload of an entry to an array. */
    void copyPayload(long entry, int start, byte[] target, int offset, int length) {
        long chunk = firstChunk(entry);
        long part = firstPart(entry);
        int partLength = firstPartLength(entry);
        int skip = start;
        for (int copied = 0; copied < length; ) {
            int skipped = Math.min(skip, partLength);
            int copy = Math.min(length - copied, partLength - skipped);
            RawMemory.copy(part + skipped, target, offset + copied, copy);
            skip -= skipped;
            copied += copy;
            if (copied < length) {
                part = address(chunk) + CHUNK_HEADER_LENGTH;
                partLength = CHUNK_PAYLOAD_LENGTH;
                chunk = nextChunk(address(chunk));
            }
        }
    }

    /** Copies a part of the payload of an entry to memory outside of it. */
    void copyPayload(long entry, int start, long target, int length) {
        long chunk = firstChunk(entry);
        long part = firstPart(entry);
        int partLength = firstPartLength(entry);
        int skip = start;
        for (int copied = 0; copied < length; ) {
            int skipped = Math.min(skip, partLength);
            int copy = Math.min(length - copied, partLength - skipped);
            RawMemory.copy(part + skipped, target + copied, copy);
            skip -= skipped;
            copied += copy;
            if (copied < length) {
                part = address(chunk) + CHUNK_HEADER_LENGTH;
                partLength = CHUNK_PAYLOAD_LENGTH;
                chunk = nextChunk(address(chunk));
            }
        }
    }

    private static long firstChunk(long entry) {
        return isInline(entry) ? 0 : RawMemory.readLong(entry + FIRST_CHUNK_OFFSET);
    }

    private static long firstPart(long entry) {
        return entry + (isInline(entry) ? HEADER_LENGTH : LARGE_HEADER_LENGTH);
    }

    private static int firstPartLength(long entry) {
        int payloadLength = payloadLength(entry);
        return isInline(entry) ? payloadLength : EntryDescriptor.firstPartLength(payloadLength);
    }

    /** Hands the payload of an entry to a sink. */
    void writePayload(long entry, SnapshotSink sink) {
        int payloadLength = payloadLength(entry);
        if (EntryDescriptor.isInline(payloadLength, expires(entry))) {
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

    private void writeLarge(long reference, NewEntry large) {
        long entry = address(reference);
        long payload = large.payload();
        int payloadLength = large.payloadLength();
        long hash = large.hash();
        RawMemory.writeLong(entry + DIGEST_OFFSET, large.digestOfPayload());
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
