package dev.poro.statemachine;

import static dev.poro.statemachine.SizeClasses.MAX_SLOT_LENGTH;

/**
 * The layout of an entry in its slot. The payload is the key followed by the value. A payload of up to 8,160 bytes is
 * inline; for a longer one the slot keeps the first {@code length % 4,072} bytes, and the rest fills a chain of chunks.
 *
 * <pre>
 *   entry                                    chunk
 *   +----+-------------------------------+   +----+------------------------------------------------+
 *   |  0 | i64 log sequence, positive    |   |  0 | u34 previous chunk, or the entry, then bit 34  |
 *   |  8 | i32 value length              |   |    | is set                                         |
 *   | 12 | u16 key length                |   |  8 | u34 next chunk or 0, u30 tag of the key's hash |
 *   | 14 | u8  flags                     |   | 16 | 4,072 bytes of payload                         |
 *   | 15 | u8  reserved, zero            |   +----+------------------------------------------------+
 *   +----+-------------------------------+
 *   | 16 | payload                       |  if inline;
 *   |    | u64 digest of the entry, at a |  only after a payload of 256 bytes and more
 *   |    | multiple of 8                 |  otherwise
 *   +----+-------------------------------+
 *   | 16 | u64 first chunk               |
 *   | 24 | u64 digest of the entry       |
 *   | 32 | u64 hash of the key           |
 *   | 40 | first part of the payload     |
 *   +----+-------------------------------+
 *   |    | i64 expiry, ms since 1970     |  only if bit 0 of the flags is set; at a multiple of 8, behind
 *   |    | u32 place in the ExpiryHeap   |  everything else in the slot
 *   |    | u32 zero                      |
 *   +----+-------------------------------+
 * </pre>
 *
 * <p>Digest and hash are kept if computing them again would take long. The links back and the tag are what the
 * {@link Evacuator} needs to move a chunk.
 */
final class EntryDescriptor {
    static final int SEQUENCE_OFFSET = 0;
    static final int VALUE_LENGTH_OFFSET = 8;
    static final int KEY_LENGTH_OFFSET = 12;
    static final int FLAGS_OFFSET = 14;
    static final int HEADER_LENGTH = 16;

    static final int FIRST_CHUNK_OFFSET = 16;
    static final int DIGEST_OFFSET = 24;
    static final int HASH_OFFSET = 32;
    static final int LARGE_HEADER_LENGTH = 40;

    static final int CHUNK_PREVIOUS_OFFSET = 0;
    static final int CHUNK_NEXT_OFFSET = 8;
    static final int CHUNK_HEADER_LENGTH = 16;
    static final int CHUNK_PAYLOAD_LENGTH = 4072;

    /** Marks a chunk's link back as a reference to the entry itself. */
    static final long PREVIOUS_IS_ENTRY = 1L << ArenaDescriptor.REFERENCE_BITS;

    /** In the flags: the entry has an expiry. */
    static final int EXPIRES = 1;

    /** Bytes of an expiry and its place in the heap. */
    static final int EXPIRY_LENGTH = 16;

    /** Behind an expiry: its place in the heap. */
    static final int PLACE_OFFSET = 8;

    /** An inline payload of so many bytes has its digest behind it: 8 bytes of memory for a pass over the old value. */
    static final int DIGEST_KEPT_FROM = 256;

    static final int MAX_INLINE_PAYLOAD = MAX_SLOT_LENGTH - HEADER_LENGTH - Long.BYTES;

    /** The charge of an entry for its share of the index, in bytes; see {@link Index}. */
    static final int INDEX_CHARGE = 24;

    private EntryDescriptor() {}

    /** Whether an entry without an expiry is inline. */
    static boolean isInline(int payloadLength) {
        return payloadLength <= MAX_INLINE_PAYLOAD;
    }

    static boolean isInline(int payloadLength, boolean expires) {
        return payloadLength + expiryLength(expires) <= MAX_INLINE_PAYLOAD;
    }

    private static int expiryLength(boolean expires) {
        return expires ? EXPIRY_LENGTH : 0;
    }

    /** Where the expiry lies in the slot of an entry that has one. */
    static int expiryOffset(int payloadLength) {
        int end = isInline(payloadLength, true)
                ? inlineLength(payloadLength)
                : LARGE_HEADER_LENGTH + firstPartLength(payloadLength);
        return (end + Long.BYTES - 1) & -Long.BYTES;
    }

    /** Whether an inline entry has its digest behind its payload. */
    static boolean keepsDigest(int inlinePayloadLength) {
        return inlinePayloadLength >= DIGEST_KEPT_FROM;
    }

    /** The offset of the digest in an inline entry that keeps it. */
    static int digestOffset(int inlinePayloadLength) {
        return (HEADER_LENGTH + inlinePayloadLength + Long.BYTES - 1) & -Long.BYTES;
    }

    private static int inlineLength(int payloadLength) {
        return keepsDigest(payloadLength) ? digestOffset(payloadLength) + Long.BYTES : HEADER_LENGTH + payloadLength;
    }

    /** The length of the part of a large payload that is in the entry's slot. */
    static int firstPartLength(int payloadLength) {
        return payloadLength % CHUNK_PAYLOAD_LENGTH;
    }

    static int chunks(int payloadLength, boolean expires) {
        return isInline(payloadLength, expires) ? 0 : payloadLength / CHUNK_PAYLOAD_LENGTH;
    }

    /** The class of the entry's slot. */
    static int sizeClass(int payloadLength, boolean expires) {
        if (expires) {
            return SizeClasses.classOf(expiryOffset(payloadLength) + EXPIRY_LENGTH);
        }
        return SizeClasses.classOf(
                isInline(payloadLength)
                        ? inlineLength(payloadLength)
                        : LARGE_HEADER_LENGTH + firstPartLength(payloadLength));
    }

    /** {@link #charge(int, boolean)} of an entry without an expiry. */
    static int charge(int payloadLength) {
        return charge(payloadLength, false);
    }

    /**
     * What an entry counts against the memory budget: its slot, its chunks and its share of the index, in bytes. What
     * the {@link ExpiryHeap} takes comes on top.
     */
    static int charge(int payloadLength, boolean expires) {
        return SizeClasses.chargeOf(sizeClass(payloadLength, expires))
                + chunks(payloadLength, expires) * SizeClasses.chargeOf(SizeClasses.CHUNK)
                + INDEX_CHARGE;
    }
}
