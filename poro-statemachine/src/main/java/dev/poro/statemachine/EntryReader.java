package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.PAGE_LENGTH;
import static dev.poro.statemachine.ArenaDescriptor.PAGE_SHIFT;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_SHIFT;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_HEADER_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_PAYLOAD_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.FIRST_CHUNK_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.HEADER_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.LARGE_HEADER_LENGTH;

import dev.poro.events.Limits;
import dev.poro.events.RawMemory;
import java.util.function.LongSupplier;

/**
 * Reads values from any thread, without a lock, while the writer writes. Every attempt is validated by the
 * {@link StripedSeqLock stamp} of the key's stripe. What an attempt reads may be torn. So each reference is checked
 * against the region before it is followed, each length is checked before it is used, and the probe sequence is
 * bounded. Nothing is allocated but the requested copy, and that only from a validated length. After {@value #ATTEMPTS}
 * failed attempts the reader gives up, and the writer has to do the read.
 *
 * <p>Immutable, shared by all threads. The caller keeps the arena reachable.
 */
final class EntryReader {
    /** Instead of a length: no such key. */
    static final int ABSENT_LENGTH = -1;

    /** Instead of a length: something changed during every attempt. */
    static final int VAIN_LENGTH = -2;

    /** Instead of a value: something changed during every attempt. */
    static final byte[] IN_VAIN = {};

    /** One change disturbs a few attempts at most; a key that is set continually can disturb any number. */
    private static final int ATTEMPTS = 8;

    private static final long NOT_FOUND = 0;

    private final Arena arena;
    private final Index index;
    private final StripedSeqLock stamps;
    private final LongSupplier logTime;
    private final long base;

    /** @param logTime in milliseconds since 1970: an entry that expires then or earlier is absent */
    EntryReader(Arena arena, Index index, StripedSeqLock stamps, LongSupplier logTime) {
        this.arena = arena;
        this.index = index;
        this.stamps = stamps;
        this.logTime = logTime;
        this.base = arena.base();
    }

    /**
     * A copy of the value, {@code null} if there is none, or {@link #IN_VAIN}.
     *
     * @param details where to put the rest of what the entry holds; {@code null} if nobody wants it
     */
    byte[] read(long hash, byte[] keyArray, long keyAt, int keyLength, EntryDetails details) {
        byte[] value = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long stamp = stamps.read(hash);
            if (StripedSeqLock.isChanging(stamp)) {
                return IN_VAIN;
            }
            long reference = find(hash, keyArray, keyAt, keyLength, stamp);
            int length = reference == NOT_FOUND ? ABSENT_LENGTH : Entries.valueLength(address(reference));
            long expiry = expiryOf(reference, keyLength);
            if (details != null) {
                details.set(reference == NOT_FOUND ? 0 : Entries.sequence(address(reference)), expiry);
            }
            if (!stamps.isUnchanged(hash, stamp)) {
                continue;
            }
            if (length == ABSENT_LENGTH || isOver(expiry)) {
                return null;
            }
            if (value == null || value.length != length) {
                value = new byte[length];
            }
            copyValue(reference, keyLength, value, 0, length);
            if (stamps.isUnchanged(hash, stamp)) {
                return value;
            }
        }
        return IN_VAIN;
    }

    /**
     * Copies as much of the value as there is room for. Returns its whole length, {@link #ABSENT_LENGTH}, or
     * {@link #VAIN_LENGTH}.
     *
     * @param keyArray has the key from an index on; {@code null} if memory has it from an address on
     * @param target takes the value from an index on; {@code null} if memory takes it from an address on
     * @param details where to put the rest of what the entry holds; {@code null} if nobody wants it
     */
    int read(
            long hash,
            byte[] keyArray,
            long keyAt,
            int keyLength,
            byte[] target,
            long targetAt,
            int room,
            EntryDetails details) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long stamp = stamps.read(hash);
            if (StripedSeqLock.isChanging(stamp)) {
                return VAIN_LENGTH;
            }
            long reference = find(hash, keyArray, keyAt, keyLength, stamp);
            int length =
                    reference == NOT_FOUND ? ABSENT_LENGTH : copyValue(reference, keyLength, target, targetAt, room);
            long expiry = expiryOf(reference, keyLength);
            if (details != null) {
                details.set(reference == NOT_FOUND ? 0 : Entries.sequence(address(reference)), expiry);
            }
            if (stamps.isUnchanged(hash, stamp)) {
                return isOver(expiry) ? ABSENT_LENGTH : length;
            }
        }
        return VAIN_LENGTH;
    }

    /** A read by the writer, between changes, with the details. */
    int readAsWriter(long hash, byte[] key, byte[] target, EntryDetails details) {
        long reference = find(hash, key, 0, key.length, stamps.read(hash));
        long expiry = expiryOf(reference, key.length);
        details.set(reference == NOT_FOUND ? 0 : Entries.sequence(address(reference)), expiry);
        return reference == NOT_FOUND || isOver(expiry)
                ? ABSENT_LENGTH
                : copyValue(reference, key.length, target, 0, target.length);
    }

    /** Loads the cache line of the index that a read of this hash begins with. What it returns means nothing. */
    long touchIndex(long hash) {
        int number = index.page(hash);
        return isPage(number) ? IndexPage.word(arena.pageAddress(number), IndexPage.home(hash)) : 0;
    }

    /** Loads the beginning of the entry that a read of this hash most likely finds, once the index is in the caches. */
    long touchEntry(long hash) {
        int number = index.page(hash);
        if (!isPage(number)) {
            return 0;
        }
        long reference = IndexPage.referenceNearHome(arena.pageAddress(number), hash);
        return arena.contains(reference, HEADER_LENGTH) ? RawMemory.readByte(address(reference)) : 0;
    }

    private boolean isOver(long expiry) {
        return expiry != NewEntry.NO_EXPIRY && expiry <= logTime.getAsLong();
    }

    /** The expiry of an entry that {@link #find} returned; any number if it changes meanwhile. */
    private long expiryOf(long reference, int keyLength) {
        if (reference == NOT_FOUND || !Entries.expires(address(reference))) {
            return NewEntry.NO_EXPIRY;
        }
        int valueLength = Entries.valueLength(address(reference));
        if (valueLength < 0 || valueLength > Limits.MAX_VALUE_LENGTH) {
            return NewEntry.NO_EXPIRY;
        }
        int offset = EntryDescriptor.expiryOffset(keyLength + valueLength);
        return arena.contains(reference, offset + Long.BYTES)
                ? RawMemory.readLong(address(reference) + offset)
                : NewEntry.NO_EXPIRY;
    }

    /** The reference to an entry that is in bounds and has the key, or {@link #NOT_FOUND}. */
    private long find(long hash, byte[] keyArray, long keyAt, int keyLength, long stamp) {
        int number = index.page(hash);
        while (isPage(number)) {
            long page = arena.pageAddress(number);
            long reference = find(page, hash, keyArray, keyAt, keyLength);
            if (reference != NOT_FOUND) {
                return reference;
            }
            number = IndexPage.nextPage(page);
            if (number == Arena.NO_PAGE || !stamps.isUnchanged(hash, stamp)) {
                return NOT_FOUND; // a chain that is being changed may contain a cycle
            }
        }
        return NOT_FOUND;
    }

    private boolean isPage(int number) {
        return arena.contains((long) number << (PAGE_SHIFT - REFERENCE_SHIFT), PAGE_LENGTH);
    }

    private long find(long page, long hash, byte[] keyArray, long keyAt, int keyLength) {
        int slot = IndexPage.home(hash);
        for (int probes = 0; probes < IndexPage.SLOTS; probes++) {
            long word = IndexPage.word(page, slot);
            if (word == 0) {
                return NOT_FOUND;
            }
            if (IndexPage.hasTagOf(word, hash) && hasKey(Index.reference(word), keyArray, keyAt, keyLength)) {
                return Index.reference(word);
            }
            slot = IndexPage.next(slot);
        }
        return NOT_FOUND;
    }

    private boolean hasKey(long reference, byte[] keyArray, long keyAt, int keyLength) {
        if (!arena.contains(reference, HEADER_LENGTH)) {
            return false;
        }
        long entry = address(reference);
        int valueLength = Entries.valueLength(entry);
        if (Entries.keyLength(entry) != keyLength || valueLength < 0 || valueLength > Limits.MAX_VALUE_LENGTH) {
            return false;
        }
        int payloadLength = keyLength + valueLength;
        if (EntryDescriptor.isInline(payloadLength, Entries.expires(entry))) {
            return arena.contains(reference, HEADER_LENGTH + payloadLength)
                    && RawMemory.equal(entry + HEADER_LENGTH, keyArray, keyAt, keyLength);
        }
        int firstPartLength = EntryDescriptor.firstPartLength(payloadLength);
        return arena.contains(reference, LARGE_HEADER_LENGTH + firstPartLength)
                && hasKeyLarge(entry, keyArray, keyAt, keyLength, firstPartLength);
    }

    /** Loads the beginning of each entry that a scan has found, whatever the references are by now. */
    void prefetch(ScannedEntries found) {
        int sum = 0;
        for (int i = 0; i < found.foundCount(); i++) {
            long reference = found.found(i);
            sum += arena.contains(reference, HEADER_LENGTH) ? RawMemory.readByte(address(reference)) : 0;
        }
        found.keep(sum);
    }

    /**
     * Adds a copy of an entry that may change meanwhile; nothing if it has expired, or is no entry. The caller
     * validates the stripe afterwards.
     */
    void copyLive(long reference, ScannedEntries target) {
        if (!arena.contains(reference, HEADER_LENGTH)) {
            return;
        }
        long entry = address(reference);
        int keyLength = Entries.keyLength(entry);
        int valueLength = Entries.valueLength(entry);
        long expiry = expiryOf(reference, keyLength);
        if (valueLength < 0 || valueLength > Limits.MAX_VALUE_LENGTH || isOver(expiry)) {
            return;
        }
        target.add(keyLength, valueLength, Entries.sequence(entry), expiry);
        int start = target.targetStart();
        copyPayload(reference, keyLength + valueLength, 0, target.target(), start, target.targetEnd() - start);
    }

    private boolean hasKeyLarge(long entry, byte[] keyArray, long keyAt, int keyLength, int firstPartLength) {
        int compared = Math.min(keyLength, firstPartLength);
        if (!RawMemory.equal(entry + LARGE_HEADER_LENGTH, keyArray, keyAt, compared)) {
            return false;
        }
        long chunk = RawMemory.readLong(entry + FIRST_CHUNK_OFFSET);
        while (compared < keyLength) {
            int part = Math.min(keyLength - compared, CHUNK_PAYLOAD_LENGTH);
            if (!isChunk(chunk)
                    || !RawMemory.equal(address(chunk) + CHUNK_HEADER_LENGTH, keyArray, keyAt + compared, part)) {
                return false;
            }
            compared += part;
            chunk = Entries.nextChunk(address(chunk));
        }
        return true;
    }

    /** Copies from an entry that {@link #find} returned, whose length may have changed since; returns the length. */
    private int copyValue(long reference, int keyLength, byte[] target, long at, int room) {
        int length = Entries.valueLength(address(reference));
        if (length < 0 || length > Limits.MAX_VALUE_LENGTH) {
            return ABSENT_LENGTH;
        }
        copyPayload(reference, keyLength + length, keyLength, target, at, Math.min(length, room));
        return length;
    }

    /** Copies {@code length} bytes of an entry's payload from {@code start} on; nothing from out of bounds. */
    private void copyPayload(long reference, int payloadLength, int start, byte[] target, long at, int length) {
        if (!EntryDescriptor.isInline(payloadLength, Entries.expires(address(reference)))) {
            copyPayloadLarge(reference, EntryDescriptor.firstPartLength(payloadLength), start, target, at, length);
        } else if (arena.contains(reference, HEADER_LENGTH + payloadLength)) {
            RawMemory.copyOut(address(reference) + HEADER_LENGTH + start, target, at, length);
        }
    }

    private void copyPayloadLarge(long reference, int firstPartLength, int start, byte[] target, long at, int length) {
        if (!arena.contains(reference, LARGE_HEADER_LENGTH + firstPartLength)) {
            return;
        }
        long chunk = RawMemory.readLong(address(reference) + FIRST_CHUNK_OFFSET);
        long part = address(reference) + LARGE_HEADER_LENGTH;
        int partLength = firstPartLength;
        int skip = start;
        int copied = 0;
        while (true) {
            int skipped = Math.min(skip, partLength);
            int copy = Math.min(length - copied, partLength - skipped);
            RawMemory.copyOut(part + skipped, target, at + copied, copy);
            skip -= skipped;
            copied += copy;
            if (copied == length || !isChunk(chunk)) {
                return;
            }
            part = address(chunk) + CHUNK_HEADER_LENGTH;
            partLength = CHUNK_PAYLOAD_LENGTH;
            chunk = Entries.nextChunk(address(chunk));
        }
    }

    private boolean isChunk(long reference) {
        return arena.contains(reference, CHUNK_HEADER_LENGTH + CHUNK_PAYLOAD_LENGTH);
    }

    private long address(long reference) {
        return base + (reference << REFERENCE_SHIFT);
    }
}
