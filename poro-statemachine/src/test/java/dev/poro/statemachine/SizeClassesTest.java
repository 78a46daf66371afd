package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
    private static final int SMALL = 56;

    private static final int[] CHARGES_OF_VERSION_1 = {
        17, 25, 33, 41, 49, 57, 66, 75, 84, 93, 102, 111, 120, 130, 148, 166, 184, 203, 230, 258, 293, 330, 375, 421,
        475, 538, 613, 690, 781, 886, 993, 1130, 1286, 1457, 1639, 1821, 2048, 2260, 2521, 2850, 3121, 3450, 3856, 4370,
        4682, 5042, 5462, 5958, 6554, 7282, 8192, 4096
    };

    @Test
    void holdsEveryLengthInTheShortestSlotThatFits() {
        for (int length = 0; length <= SizeClasses.MAX_SLOT_LENGTH; length++) {
            int sizeClass = SizeClasses.classOf(length);
            assertThat(SizeClasses.slotLengthOf(sizeClass)).isGreaterThanOrEqualTo(length);
            if (sizeClass > 0) {
                assertThat(SizeClasses.slotLengthOf(sizeClass - 1)).isLessThan(length);
            }
        }
    }

    @Test
    void wastesAnEighthAtMostPageHeaderIncluded() {
        for (int length = SMALL + 1; length <= SizeClasses.MAX_SLOT_LENGTH; length++) {
            double cost = 65_536.0 / SizeClasses.slotsPerPage(SizeClasses.classOf(length));
            assertThat(1 - length / cost).as("length %d", length).isLessThanOrEqualTo(0.125);
        }
    }

    @Test
    void wastesSevenBytesAtMostOfWhatIsShort() {
        for (int length = 16; length <= SMALL; length++) {
            assertThat(SizeClasses.slotLengthOf(SizeClasses.classOf(length)) - length)
                    .isLessThanOrEqualTo(7);
        }
    }

    @Test
    void fillsPages() {
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            int slots = SizeClasses.slotsPerPage(sizeClass);
            int length = SizeClasses.slotLengthOf(sizeClass);
            assertThat(slots).isGreaterThanOrEqualTo(8);
            assertThat(length % 8).isZero();
            assertThat(65_536 - (64 + slots * length)).isBetween(0, length - 1);
        }
    }

    @Test
    void chargesNoLessThanASlotCosts() {
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            assertThat(SizeClasses.slotsPerPage(sizeClass) * SizeClasses.chargeOf(sizeClass))
                    .isGreaterThanOrEqualTo(65_536);
        }
    }

    /** They decide whether a change is out of memory, so a replay needs the same for ever. */
    @Test
    void chargesAreThoseOfTheFirstVersion() {
        int[] charges = new int[SizeClasses.COUNT];
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            charges[sizeClass] = SizeClasses.chargeOf(sizeClass);
        }
        assertThat(charges).containsExactly(CHARGES_OF_VERSION_1);
    }

    @Test
    void chunksAreAClassOfTheirOwn() {
        assertThat(SizeClasses.slotLengthOf(SizeClasses.CHUNK))
                .isEqualTo(EntryDescriptor.CHUNK_HEADER_LENGTH + EntryDescriptor.CHUNK_PAYLOAD_LENGTH);
        assertThat(SizeClasses.classOf(SizeClasses.MAX_SLOT_LENGTH)).isEqualTo(SizeClasses.CHUNK - 1);
    }
}
