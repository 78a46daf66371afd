package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** @see ScannedEntries */
class ScannedEntriesTest {
    /** Otherwise the copy that follows would be written beyond the end of the array. */
    @Test
    void refusesMoreThanAnArrayHolds() {
        ScannedEntries entries = new ScannedEntries(Integer.MAX_VALUE);
        entries.add(10, 20, 1, NewEntry.NO_EXPIRY);

        assertThatThrownBy(() -> entries.add(10, Integer.MAX_VALUE - 20, 2, NewEntry.NO_EXPIRY))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(entries.count()).isEqualTo(1);
        assertThat(entries.targetEnd()).isEqualTo(30).isLessThanOrEqualTo(entries.target().length);
    }
}
