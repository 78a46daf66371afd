package dev.poro.wal;

import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import dev.poro.events.RawMemory;

/**
 * The layout of a change in a frame of the change log. Little-endian, not aligned.
 *
 * <pre>
 *    0  length        u32   of the change, all of this
 *    4  kind          u8    see {@link ChangeKind}
 *    5  flags         u8    bit 0: there is an expiry; bit 1: there is a token
 *    6  key length    u16
 *    8  sequence      u32   of the event, less the frame's first sequence
 *   12  index         u32   among the changes of its event
 *   16  previous      u64   see {@link ChangeSink#onChange}
 *   24  expiry        i64   only if there is one
 *       token         u64   the client, only if there is a token
 *       and           u64   the number of the change among those of the client
 *       key, value
 * </pre>
 *
 * <p>In a frame of the change log, the record count counts changes and has the flag of the wall clock; the first
 * sequence is that of its first change, which may be that of the last change before it; and in place of the durable
 * sequence it has the sequence of the last change before it, so that none can be missing unnoticed.
 */
final class ChangeDescriptor {
    static final int LENGTH_OFFSET = 0;
    static final int KIND_OFFSET = 4;
    static final int FLAGS_OFFSET = 5;
    static final int KEY_LENGTH_OFFSET = 6;
    static final int SEQUENCE_OFFSET = 8;
    static final int INDEX_OFFSET = 12;
    static final int PREVIOUS_OFFSET = 16;
    static final int HEADER_LENGTH = 24;

    static final int HAS_EXPIRY = 1;
    static final int HAS_TOKEN = 2;
    private static final int TOKEN_LENGTH = 2 * Long.BYTES;

    private ChangeDescriptor() {}

    static int headerLength(int flags) {
        return HEADER_LENGTH
                + ((flags & HAS_EXPIRY) == 0 ? 0 : Long.BYTES)
                + ((flags & HAS_TOKEN) == 0 ? 0 : TOKEN_LENGTH);
    }

    /**
     * Writes a change to memory, but for its token; the caller has made sure that {@code length} bytes are there.
     *
     * @param expiry of any value unless the flags say that there is one
     */
    static void write(
            long address,
            int length,
            int flags,
            int sequenceOffset,
            int index,
            ChangeKind kind,
            long previous,
            long expiry,
            long payload,
            int keyLength) {
        int header = headerLength(flags);
        RawMemory.writeInt(address + LENGTH_OFFSET, length);
        RawMemory.writeInt(address + KIND_OFFSET, kind.code() | flags << Byte.SIZE | keyLength << Short.SIZE);
        RawMemory.writeInt(address + SEQUENCE_OFFSET, sequenceOffset);
        RawMemory.writeInt(address + INDEX_OFFSET, index);
        RawMemory.writeLong(address + PREVIOUS_OFFSET, previous);
        if ((flags & HAS_EXPIRY) != 0) {
            RawMemory.writeLong(address + HEADER_LENGTH, expiry);
        }
        if (length > header) {
            RawMemory.copy(payload, address + header, length - header);
        }
    }

    /** Writes the token of a change that was written with its flag. */
    static void writeToken(long address, long client, long number) {
        long token = keyAddress(address) - TOKEN_LENGTH;
        RawMemory.writeLong(token, client);
        RawMemory.writeLong(token + Long.BYTES, number);
    }

    /**
     * What is wrong with a change, or {@code null}.
     *
     * @param room bytes from its address to the end of its frame
     */
    static String defectOf(long address, long room) {
        if (room < HEADER_LENGTH) {
            return "a change cut short by the end of its frame";
        }
        int length = RawMemory.readInt(address + LENGTH_OFFSET);
        int flags = RawMemory.readByte(address + FLAGS_OFFSET);
        byte kind = RawMemory.readByte(address + KIND_OFFSET);
        int header = headerLength(flags);
        if (ChangeKind.of(kind) == null || (flags & ~(HAS_EXPIRY | HAS_TOKEN)) != 0) {
            return "a change of kind " + kind + " with flags " + flags;
        }
        if (length < header + keyLength(address) || length > room) {
            return "a change of length " + Integer.toUnsignedString(length);
        }
        return null;
    }

    static int length(long address) {
        return RawMemory.readInt(address + LENGTH_OFFSET);
    }

    static ChangeKind kind(long address) {
        return ChangeKind.of(RawMemory.readByte(address + KIND_OFFSET));
    }

    static long sequenceOffset(long address) {
        return Integer.toUnsignedLong(RawMemory.readInt(address + SEQUENCE_OFFSET));
    }

    static int index(long address) {
        return RawMemory.readInt(address + INDEX_OFFSET);
    }

    static long previous(long address) {
        return RawMemory.readLong(address + PREVIOUS_OFFSET);
    }

    static long expiry(long address) {
        return (RawMemory.readByte(address + FLAGS_OFFSET) & HAS_EXPIRY) == 0
                ? ChangeSink.NO_EXPIRY
                : RawMemory.readLong(address + HEADER_LENGTH);
    }

    static boolean hasToken(long address) {
        return (RawMemory.readByte(address + FLAGS_OFFSET) & HAS_TOKEN) != 0;
    }

    /** Only if there is a token. */
    static long tokenClient(long address) {
        return RawMemory.readLong(keyAddress(address) - TOKEN_LENGTH);
    }

    /** Only if there is a token. */
    static long tokenNumber(long address) {
        return RawMemory.readLong(keyAddress(address) - Long.BYTES);
    }

    static int keyLength(long address) {
        return RawMemory.readInt(address + KIND_OFFSET) >>> Short.SIZE;
    }

    static long keyAddress(long address) {
        return address + headerLength(RawMemory.readByte(address + FLAGS_OFFSET));
    }

    static int valueLength(long address) {
        return (int) (address + length(address) - keyAddress(address)) - keyLength(address);
    }
}
