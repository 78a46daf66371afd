package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.PAGE_LENGTH;

import java.util.Arrays;

/**
 * The size classes of the {@link Slab}. A page of a class is a header of 64 bytes and {@code n} slots of equal length,
 * the longest multiple of 8 of which {@code n} fit; so a class is as good as its {@code n}, and a slot costs
 * {@code 65,536 / n} bytes of the arena, header and all.
 *
 * <p>The lengths run from 16 to 8,184 bytes. They are the fewest such that a slot costs at most 8/7 of the shortest
 * thing that goes into it: at most 12.5 % of the memory is waste, or 7 bytes where that is more.
 *
 * <p>One class more, {@link #CHUNK}, holds the chunks of large entries, 16 to a page.
 */
final class SizeClasses {
    static final int PAGE_HEADER_LENGTH = 64;

    /** The longest slot of an entry. */
    static final int MAX_SLOT_LENGTH = 8184;

    /** The class of chunks; below it are the classes of entries. */
    static final int CHUNK;

    /** Classes, the one of chunks included. */
    static final int COUNT;

    private static final int USABLE_LENGTH = PAGE_LENGTH - PAGE_HEADER_LENGTH;
    private static final int MIN_SLOT_LENGTH = 16;
    private static final int CHUNKS_PER_PAGE = 16;

    private static final int[] SLOTS_PER_PAGE;
    private static final int[] SLOT_LENGTH;
    private static final int[] CHARGE;
    private static final byte[] CLASS_OF_WORDS = new byte[MAX_SLOT_LENGTH / 8 + 1];

    static {
        int[] slotsPerPage = new int[CLASS_OF_WORDS.length];
        int count = 0;
        for (int length = MIN_SLOT_LENGTH; length <= MAX_SLOT_LENGTH; length = slotLength(slotsPerPage[count++]) + 8) {
            slotsPerPage[count] = fewestSlotsFor(length);
        }
        slotsPerPage[count] = CHUNKS_PER_PAGE;
        CHUNK = count;
        COUNT = count + 1;
        SLOTS_PER_PAGE = Arrays.copyOf(slotsPerPage, COUNT);
        SLOT_LENGTH = Arrays.stream(SLOTS_PER_PAGE).map(SizeClasses::slotLength).toArray();
        CHARGE = Arrays.stream(SLOTS_PER_PAGE)
                .map(slots -> (PAGE_LENGTH + slots - 1) / slots)
                .toArray();
        for (int words = 0, sizeClass = 0; words < CLASS_OF_WORDS.length; words++) {
            if (words * 8 > SLOT_LENGTH[sizeClass]) {
                sizeClass++;
            }
            CLASS_OF_WORDS[words] = (byte) sizeClass;
        }
    }

    private SizeClasses() {}

    /** The class with the shortest slots that hold {@code length} bytes, 0 to {@link #MAX_SLOT_LENGTH}. */
    static int classOf(int length) {
        return CLASS_OF_WORDS[(length + 7) >>> 3];
    }

    /** Bytes of a slot. */
    static int slotLengthOf(int sizeClass) {
        return SLOT_LENGTH[sizeClass];
    }

    static int slotsPerPage(int sizeClass) {
        return SLOTS_PER_PAGE[sizeClass];
    }

    /** What a slot counts against the memory budget: its share of a page, rounded up to a byte. */
    static int chargeOf(int sizeClass) {
        return CHARGE[sizeClass];
    }

    private static int slotLength(int slotsPerPage) {
        return (USABLE_LENGTH / slotsPerPage) & -8;
    }

    /** The slots of a page whose slots hold {@code length} bytes and, where 8-byte steps allow, cost 8/7 at most. */
    private static int fewestSlotsFor(int length) {
        int most = USABLE_LENGTH / length;
        int shortest = length - 7;
        int fewest = most;
        while (PAGE_LENGTH * 7L <= (fewest - 1) * 8L * shortest && slotLength(fewest - 1) <= MAX_SLOT_LENGTH) {
            fewest--;
        }
        return fewest;
    }
}
