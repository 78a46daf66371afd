package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.PAGE_LENGTH;

import java.util.Arrays;

/**
 * The size classes of the {@link Slab}. A page of a class is a header of 64 bytes and as many slots of one length, a
 * multiple of 8, as fit.
 *
 * <p>The lengths run from 16 to 8,184 bytes. They are the fewest for which a slot is charged at most 8/7 of the
 * shortest entry in it, so at most 12.5 % of the memory is wasted, or 7 bytes if that is more. The charge is
 * {@code 65,536 / n}, where {@code n} is the number of slots that defines the length: the longest multiple of 8 of
 * which {@code n} fit. Where multiples of 8 are that coarse, more than {@code n} fit (682 in place of 645 slots of 96
 * bytes), and a slot costs less than its charge. The charges decide outcomes, so they stay as they are for ever.
 *
 * <p>One more class, {@link #CHUNK}, holds the chunks of large entries, 16 to a page.
 */
final class SizeClasses {
    static final int PAGE_HEADER_LENGTH = 64;

    /** The length of the longest slot for entries, in bytes. */
    static final int MAX_SLOT_LENGTH = 8184;

    /** The class of chunks; the lower numbers are the classes of entries. */
    static final int CHUNK;

    /** The number of classes, including the one of chunks. */
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
        int[] defining = Arrays.copyOf(slotsPerPage, COUNT);
        SLOT_LENGTH = Arrays.stream(defining).map(SizeClasses::slotLength).toArray();
        CHARGE = Arrays.stream(defining)
                .map(slots -> (PAGE_LENGTH + slots - 1) / slots)
                .toArray();
        SLOTS_PER_PAGE =
                Arrays.stream(SLOT_LENGTH).map(length -> USABLE_LENGTH / length).toArray();
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

    /** The charge of a slot against the memory budget, in bytes: its share of a page or more. */
    static int chargeOf(int sizeClass) {
        return CHARGE[sizeClass];
    }

    private static int slotLength(int slotsPerPage) {
        return (USABLE_LENGTH / slotsPerPage) & -8;
    }

    /**
     * The number of slots of a page whose slots hold {@code length} bytes and, if 8-byte steps allow, cost 8/7 of that
     * at most.
     */
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
