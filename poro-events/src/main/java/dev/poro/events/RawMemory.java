package dev.poro.events;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import net.openhft.chronicle.core.UnsafeMemory;

/**
 * The only class that touches raw memory. Everything off-heap in Poro (ring slots, mapped segments, the arena) is
 * reached through these static methods, so that a JDK without {@code sun.misc.Unsafe} costs this one file.
 *
 * <p>Addresses are absolute, lengths are bytes. Integers are little-endian, as in every format of Poro: on a machine
 * with the other byte order this class does not load. No alignment is required except by the ordered and volatile
 * accessors, which need natural alignment.
 *
 * <p>Nothing is bounds-checked in production. With {@code -Dporo.memory.checked=true} every access must fall inside
 * a region that {@link #allocate} returned or {@link #register} named; the tests run that way. The flag is a constant
 * for the JIT, so the checks cost nothing when they are off.
 *
 * <p>Thread-safety: that of plain memory. Callers order their accesses.
 */
public final class RawMemory {
    private static final UnsafeMemory MEMORY = memoryOf(ByteOrder.nativeOrder());
    private static final boolean CHECKED = Boolean.getBoolean("poro.memory.checked");
    private static final CheckedRegions REGIONS = new CheckedRegions();
    private static final long BYTE_ARRAY_BASE = MEMORY.arrayBaseOffset(byte[].class);
    private static final VarHandle ARRAY_LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle ARRAY_INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long BUFFER_ADDRESS_OFFSET = bufferFieldOffset("address");
    private static final long BUFFER_CAPACITY_OFFSET = bufferFieldOffset("capacity");
    private static final long BUFFER_ARRAY_OFFSET = fieldOffset(ByteBuffer.class, "hb");

    /** What {@link #allocateBuffer} has made, by address. */
    private static final ConcurrentHashMap<Long, Cleaner.Cleanable> OWN_BUFFERS = new ConcurrentHashMap<>();

    private static final Cleaner CLEANER = Cleaner.create();
    private static final ByteBuffer NO_BYTES = ByteBuffer.allocateDirect(0);

    private RawMemory() {}

    /**
     * The memory of a machine whose integers have this order.
     *
     * @throws IllegalStateException unless it is the order of the formats
     */
    static UnsafeMemory memoryOf(ByteOrder nativeOrder) {
        if (nativeOrder != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException("Poro needs a little-endian machine; this one is " + nativeOrder);
        }
        return UnsafeMemory.INSTANCE;
    }

    /**
     * Takes {@code length} bytes from the operating system. The bytes are undefined; large regions are backed by
     * physical memory only once touched.
     *
     * @throws OutOfMemoryError if the operating system refuses
     */
    public static long allocate(long length) {
        long address = MEMORY.allocate(length);
        register(address, length);
        return address;
    }

    /** Gives back what {@link #allocate} took; {@code length} must be the length that was asked for. */
    public static void free(long address, long length) {
        unregister(address);
        MEMORY.freeMemory(address, length);
    }

    /**
     * A direct buffer of zeros that does not count against the JVM's limit for direct memory: the application may use
     * all of that. The memory goes back with {@link #release}, or when the collector finds the buffer unreachable;
     * a view of it does not prevent that.
     *
     * @throws OutOfMemoryError if the operating system refuses
     */
    public static ByteBuffer allocateBuffer(int length) {
        long address = allocate(Math.max(1, length));
        fill(address, length, (byte) 0);
        // A view of no bytes has no cleaner; the JDK's own channels and checksums take it as they take any other.
        ByteBuffer buffer = NO_BYTES.duplicate();
        UnsafeMemory.UNSAFE.putLong(buffer, BUFFER_ADDRESS_OFFSET, address);
        UnsafeMemory.UNSAFE.putInt(buffer, BUFFER_CAPACITY_OFFSET, length);
        OWN_BUFFERS.put(address, CLEANER.register(buffer, () -> freeBuffer(address, length)));
        return buffer.clear();
    }

    private static void freeBuffer(long address, int length) {
        OWN_BUFFERS.remove(address);
        free(address, Math.max(1, length));
    }

    /**
     * Declares memory that was obtained elsewhere (a mapping, a direct buffer) as legal to touch in checked mode. It
     * replaces the regions that it overlaps: those of buffers that were collected since.
     */
    public static void register(long address, long length) {
        if (CHECKED) {
            REGIONS.add(address, length);
        }
    }

    /**
     * Declares memory that belongs to somebody else as legal to touch in checked mode, for the time of a call.
     *
     * @return whether it was not legal before: {@link #unregister} ends that
     */
    public static boolean lend(long address, long length) {
        return CHECKED && length > 0 && REGIONS.addUnlessThere(address, length);
    }

    /** Ends what {@link #register} began. */
    public static void unregister(long address) {
        if (CHECKED) {
            REGIONS.remove(address);
        }
    }

    /** The address of a direct buffer's first byte. The caller keeps the buffer reachable. */
    public static long addressOf(ByteBuffer direct) {
        if (!direct.isDirect()) {
            throw new IllegalArgumentException("not a direct buffer");
        }
        long address = UnsafeMemory.unsafeGetLong(direct, BUFFER_ADDRESS_OFFSET);
        if (CHECKED && !OWN_BUFFERS.containsKey(address)) {
            register(address, direct.capacity());
        }
        return address;
    }

    /** The array that a heap buffer is a view of, also a read-only one; {@code null} of a direct buffer. */
    public static byte[] arrayOf(ByteBuffer buffer) {
        return (byte[]) UnsafeMemory.UNSAFE.getObject(buffer, BUFFER_ARRAY_OFFSET);
    }

    /**
     * Where the byte at a buffer's position is: an index in {@link #arrayOf} or, without an array, an address. The
     * caller keeps the buffer reachable while it uses an address.
     *
     * @param length of what is read or written from there on
     * @throws IndexOutOfBoundsException if the buffer ends before, because another thread has moved its position
     * @throws RuntimeException if the buffer's memory is no longer there, or not for this thread
     */
    public static long placeOf(ByteBuffer buffer, int length) {
        int position = buffer.position();
        Objects.checkFromIndexSize(position, length, buffer.capacity());
        if (!buffer.isDirect()) {
            return UnsafeMemory.unsafeGetLong(buffer, BUFFER_ADDRESS_OFFSET) - BYTE_ARRAY_BASE + position;
        }
        if (length > 0) {
            buffer.get(position); // checks what a view of a memory segment depends on
        }
        long address = UnsafeMemory.unsafeGetLong(buffer, BUFFER_ADDRESS_OFFSET);
        if (CHECKED) {
            REGIONS.addUnlessThere(address, buffer.capacity());
        }
        return address + position;
    }

    /**
     * Gives back the memory of a direct or mapped buffer now rather than when it is collected. That may be never: a
     * process that only writes makes no work for the collector. No thread may touch the memory afterwards.
     */
    public static void release(ByteBuffer direct) {
        long address = UnsafeMemory.unsafeGetLong(direct, BUFFER_ADDRESS_OFFSET);
        Cleaner.Cleanable own = OWN_BUFFERS.get(address);
        if (own != null) {
            own.clean();
        } else {
            unregister(address);
            UnsafeMemory.UNSAFE.invokeCleaner(direct);
        }
    }

    /** A signed byte. */
    public static byte readByte(long address) {
        check(address, 1);
        return MEMORY.readByte(address);
    }

    /** Stores one byte. */
    public static void writeByte(long address, byte value) {
        check(address, 1);
        MEMORY.writeByte(address, value);
    }

    /** An unsigned 16-bit value. */
    public static int readUnsignedShort(long address) {
        check(address, 2);
        return MEMORY.readShort(address) & 0xFFFF;
    }

    /** Stores the low 16 bits of {@code value}. */
    public static void writeShort(long address, int value) {
        check(address, 2);
        MEMORY.writeShort(address, (short) value);
    }

    /** A signed 32-bit value. */
    public static int readInt(long address) {
        check(address, 4);
        return MEMORY.readInt(address);
    }

    /** Stores 32 bits. */
    public static void writeInt(long address, int value) {
        check(address, 4);
        MEMORY.writeInt(address, value);
    }

    /** A 64-bit value. */
    public static long readLong(long address) {
        check(address, 8);
        return MEMORY.readLong(address);
    }

    /** Stores 64 bits. */
    public static void writeLong(long address, long value) {
        check(address, 8);
        MEMORY.writeLong(address, value);
    }

    /** A 64-bit value out of an array, from {@code offset} on. */
    public static long readLong(byte[] array, int offset) {
        return (long) ARRAY_LONGS.get(array, offset);
    }

    /** Stores 64 bits into an array, from {@code offset} on. */
    public static void writeLong(byte[] array, int offset, long value) {
        ARRAY_LONGS.set(array, offset, value);
    }

    /** A signed 32-bit value out of an array, from {@code offset} on. */
    public static int readInt(byte[] array, int offset) {
        return (int) ARRAY_INTS.get(array, offset);
    }

    /** A volatile read: later accesses do not move before it. */
    public static long readLongVolatile(long address) {
        check(address, 8);
        return MEMORY.readVolatileLong(address);
    }

    /** Adds 0 to a word, atomically: a write that changes nothing, whatever another thread writes there meanwhile. */
    public static void addZero(long address) {
        check(address, Long.BYTES);
        MEMORY.addLong(address, 0);
    }

    /** A release store: earlier accesses do not move after it. */
    public static void writeLongOrdered(long address, long value) {
        check(address, 8);
        MEMORY.writeOrderedLong(address, value);
    }

    /** A release store: earlier accesses do not move after it. */
    public static void writeIntOrdered(long address, int value) {
        check(address, 4);
        MEMORY.writeOrderedInt(address, value);
    }

    /** Loads before the fence do not move after loads and stores that follow it. */
    public static void loadFence() {
        MEMORY.loadFence();
    }

    /** Loads and stores before the fence do not move after stores that follow it. */
    public static void storeFence() {
        MEMORY.storeFence();
    }

    /** Copies between two places, which may overlap. */
    public static void copy(long source, long target, long length) {
        check(source, length);
        check(target, length);
        MEMORY.copyMemory(source, target, length);
    }

    /** Copies out of an array, from {@code offset} on. */
    public static void copy(byte[] source, int offset, long target, int length) {
        check(target, length);
        UnsafeMemory.UNSAFE.copyMemory(source, BYTE_ARRAY_BASE + offset, null, target, length);
    }

    /** Copies into an array, from {@code offset} on. */
    public static void copy(long source, byte[] target, int offset, int length) {
        check(source, length);
        // Not by Chronicle's method, a loop over words: it halves the speed of reading 1 KiB.
        UnsafeMemory.UNSAFE.copyMemory(null, source, target, BYTE_ARRAY_BASE + offset, length);
    }

    /** Copies into an array, from an index on, or, without an array, into memory from an address on. */
    public static void copyOut(long source, byte[] target, long at, int length) {
        if (target == null) {
            copy(source, at, length);
        } else {
            copy(source, target, (int) at, length);
        }
    }

    /** Copies out of an array, from an index on, or, without an array, out of memory from an address on. */
    public static void copyIn(byte[] source, long at, long target, int length) {
        if (source == null) {
            copy(at, target, length);
        } else {
            copy(source, (int) at, target, length);
        }
    }

    /** Sets every byte to {@code value}. */
    public static void fill(long address, long length, byte value) {
        check(address, length);
        MEMORY.setMemory(address, length, value);
    }

    /** Whether {@code length} bytes at both addresses are the same. */
    public static boolean equal(long a, long b, long length) {
        check(a, length);
        check(b, length);
        long at = 0;
        for (; at + 8 <= length; at += 8) {
            if (MEMORY.readLong(a + at) != MEMORY.readLong(b + at)) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (MEMORY.readByte(a + at) != MEMORY.readByte(b + at)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether {@code length} bytes at {@code address} are those of an array from an index on or, without an array, in
     * memory from an address on.
     */
    public static boolean equal(long address, byte[] bytes, long at, int length) {
        return bytes == null ? equal(address, at, length) : equalToArray(address, bytes, (int) at, length);
    }

    private static boolean equalToArray(long address, byte[] bytes, int offset, int length) {
        check(address, length);
        long base = BYTE_ARRAY_BASE + offset;
        int at = 0;
        for (; at + 8 <= length; at += 8) {
            if (MEMORY.readLong(address + at) != MEMORY.readLong(bytes, base + at)) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (MEMORY.readByte(address + at) != MEMORY.readByte(bytes, base + at)) {
                return false;
            }
        }
        return true;
    }

    private static void check(long address, long length) {
        if (CHECKED) {
            REGIONS.require(address, length);
        }
    }

    /** {@code Buffer.address} is the one way to a direct buffer's address that needs no JVM flag. */
    private static long bufferFieldOffset(String field) {
        return fieldOffset(Buffer.class, field);
    }

    private static long fieldOffset(Class<?> type, String field) {
        try {
            return UnsafeMemory.unsafeObjectFieldOffset(type.getDeclaredField(field));
        } catch (NoSuchFieldException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
