package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
    private static final int SMALL = 56;

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
    void fillsPagesAndChargesNoLessThanASlotCosts() {
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            int slots = SizeClasses.slotsPerPage(sizeClass);
            int length = SizeClasses.slotLengthOf(sizeClass);
            assertThat(slots).isGreaterThanOrEqualTo(8);
            assertThat(length % 8).isZero();
            assertThat(64 + slots * length).isLessThanOrEqualTo(65_536);
            assertThat(slots * SizeClasses.chargeOf(sizeClass)).isBetween(65_536, 65_536 + slots);
        }
    }

    @Test
    void chunksAreAClassOfTheirOwn() {
        assertThat(SizeClasses.slotLengthOf(SizeClasses.CHUNK))
                .isEqualTo(EntryDescriptor.CHUNK_HEADER_LENGTH + EntryDescriptor.CHUNK_PAYLOAD_LENGTH);
        assertThat(SizeClasses.classOf(SizeClasses.MAX_SLOT_LENGTH)).isEqualTo(SizeClasses.CHUNK - 1);
    }
}
