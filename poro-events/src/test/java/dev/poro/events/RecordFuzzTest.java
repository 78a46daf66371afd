package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/** Whatever the bytes, a record is well-formed or its defect is named, and nothing behind the bytes is read. */
class RecordFuzzTest {
    private final RecordFlyweight record = new RecordFlyweight();

    @FuzzTest(maxDuration = "20s")
    @Tag("R5")
    void namesTheDefectOfAnyBytes(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        long address = RawMemory.allocate(bytes.length);
        try {
            RawMemory.copy(bytes, 0, address, bytes.length);
            String defect = RecordFlyweight.defectOf(address, bytes.length);
            if (RecordFlyweight.defectOf(address, bytes.length, EventType.FIRST_VERSION) == null) {
                assertThat(defect)
                        .as("what version 1 knows is the same in version 2")
                        .isNull();
            }
            if (defect == null) {
                assertReadable(address, bytes.length);
            } else {
                assertThat(defect).isNotEmpty();
            }
        } finally {
            RawMemory.free(address, bytes.length);
        }
    }

    private void assertReadable(long address, int available) {
        record.wrap(address);
        assertThat(record.type()).isNotNull();
        assertThat(record.length()).isBetween(RecordDescriptor.HEADER_LENGTH, available);
        assertThat(record.key()).hasSize(record.keyLength());
        assertThat(record.value()).hasSize(record.valueLength());
        switch (record.type()) {
            case MEMORY_BUDGET -> record.memoryBudget();
            case CLEAN_CLOSE, DIGEST_MARK -> {
                record.markSequence();
                record.markDigest();
                record.markKeys();
            }
            case SET -> assertThat(record.valueLength()).isLessThanOrEqualTo(Limits.MAX_VALUE_LENGTH);
            case DELETE, CLEAR -> assertThat(record.valueLength()).isZero();
            case ADD -> record.delta();
            case SPLICE -> {
                assertThat(record.spliceLimit()).isBetween(1, Limits.MAX_VALUE_LENGTH);
                assertThat(record.spliceLength()).isNotNegative();
            }
            case EXPIRE_AT -> assertThat(record.condition()).isNotNull();
            case EXPIRE_DUE -> assertThat(record.most()).isPositive();
            case BATCH -> assertPartsAreReadable(record.valueAddress(), record.valueLength());
            case REQUIRE, CLIENT -> throw new AssertionError("no event on its own");
        }
        record.wrap(address);
        if (RecordFlags.hasTime(record.flags())) {
            assertThat(record.time()).isNotNegative();
        }
        if (RecordFlags.hasSequence(record.flags())) {
            assertThat(record.guardSequence()).isNotNegative();
        }
        if (RecordFlags.hasToken(record.flags())) {
            record.tokenClient();
            assertThat(record.tokenNumber()).isPositive();
        }
    }

    private void assertPartsAreReadable(long begin, int length) {
        long at = begin;
        while (at < begin + length) {
            record.wrap(at);
            assertThat(record.type()).isNotIn(EventType.BATCH, EventType.MEMORY_BUDGET, EventType.EXPIRE_DUE);
            at += record.length();
        }
        assertThat(at).isEqualTo(begin + length);
    }
}
