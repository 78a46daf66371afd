package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link RecordEncoder} writes, {@link RecordFlyweight} reads; what is no record, it refuses. */
class RecordCodecTest {
    private static final int BUFFER_LENGTH = Limits.MAX_RECORD_LENGTH;
    private static final byte[] NOTHING = {};
    private static final Map<Integer, EventType> CODES = Map.ofEntries(
            Map.entry(1, EventType.SET),
            Map.entry(2, EventType.DELETE),
            Map.entry(3, EventType.MEMORY_BUDGET),
            Map.entry(4, EventType.CLEAN_CLOSE),
            Map.entry(5, EventType.DIGEST_MARK),
            Map.entry(16, EventType.ADD),
            Map.entry(17, EventType.SPLICE),
            Map.entry(18, EventType.EXPIRE_AT),
            Map.entry(19, EventType.CLEAR),
            Map.entry(20, EventType.BATCH),
            Map.entry(21, EventType.EXPIRE_DUE),
            Map.entry(22, EventType.REQUIRE),
            Map.entry(64, EventType.CLIENT));

    private final long buffer = RawMemory.allocate(BUFFER_LENGTH);
    private final RecordFlyweight record = new RecordFlyweight();

    @AfterEach
    void freeBuffer() {
        RawMemory.free(buffer, BUFFER_LENGTH);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0, 1",
        "1, 0",
        "16, 64",
        "7, 1048576",
        "65534, 3",
        "65535, 0",
        "65535, 16777215",
        "65535, 16777216"
    })
    @Tag("R6")
    void aSetIsReadBackAtEveryLimit(int keyLength, int valueLength) {
        byte[] key = bytes(keyLength, 1);
        byte[] value = bytes(valueLength, 101);

        int length = RecordEncoder.encodeSet(buffer, key, value);

        assertThat(length).isEqualTo(8 + keyLength + valueLength).isLessThanOrEqualTo(Limits.MAX_RECORD_LENGTH);
        assertThat(RecordFlyweight.defectOf(buffer, length)).isNull();
        record.wrap(buffer);
        assertThat(record.type()).isEqualTo(EventType.SET);
        assertThat(record.length()).isEqualTo(length);
        assertThat(record.key()).isEqualTo(key);
        assertThat(record.value()).isEqualTo(value);
        assertThat(record.keyAddress()).isEqualTo(buffer + 8);
        assertThat(record.valueAddress()).isEqualTo(buffer + 8 + keyLength);
    }

    @Test
    @Tag("R6")
    void everyByteValueIsReadBackFromKeyAndValue() {
        byte[] all = bytes(256, 0);

        int length = RecordEncoder.encodeSet(buffer, all, all);

        assertThat(RecordFlyweight.defectOf(buffer, length)).isNull();
        assertThat(record.wrap(buffer).key()).isEqualTo(all);
        assertThat(record.value()).isEqualTo(all);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_534, 65_535})
    void aDeleteIsReadBack(int keyLength) {
        byte[] key = bytes(keyLength, 7);

        int length = RecordEncoder.encodeDelete(buffer, key);

        assertThat(length).isEqualTo(8 + keyLength);
        assertThat(RecordFlyweight.defectOf(buffer, length)).isNull();
        assertThat(record.wrap(buffer).type()).isEqualTo(EventType.DELETE);
        assertThat(record.key()).isEqualTo(key);
        assertThat(record.value()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1 << 20, Long.MAX_VALUE, -1})
    void aMemoryBudgetIsReadBack(long budget) {
        int length = RecordEncoder.encodeMemoryBudget(buffer, budget);

        assertThat(length).isEqualTo(16);
        assertThat(RecordFlyweight.defectOf(buffer, length)).isNull();
        assertThat(record.wrap(buffer).type()).isEqualTo(EventType.MEMORY_BUDGET);
        assertThat(record.memoryBudget()).isEqualTo(budget);
    }

    @ParameterizedTest
    @EnumSource(
            value = EventType.class,
            names = {"CLEAN_CLOSE", "DIGEST_MARK"})
    void aMarkIsReadBack(EventType type) {
        int length = RecordEncoder.encodeMark(buffer, type, 17, 0xFEDC_BA98_7654_3210L, 3);

        assertThat(length).isEqualTo(32);
        assertThat(RecordFlyweight.defectOf(buffer, length)).isNull();
        assertThat(record.wrap(buffer).type()).isEqualTo(type);
        assertThat(record.markSequence()).isEqualTo(17);
        assertThat(record.markDigest()).isEqualTo(0xFEDC_BA98_7654_3210L);
        assertThat(record.markKeys()).isEqualTo(3);
    }

    @Test
    void theBytesOfARecordAreThoseOfTheFormat() {
        int length = RecordEncoder.encodeSet(buffer, new byte[] {'k', 'e', 'y'}, new byte[] {'v'});

        byte[] encoded = new byte[length];
        RawMemory.copy(buffer, encoded, 0, length);
        assertThat(encoded).isEqualTo(new byte[] {1, 0, 3, 0, 1, 0, 0, 0, 'k', 'e', 'y', 'v'});
    }

    @Test
    @Tag("R5")
    void onlyTheCodesOfTheFormatAreEvents() {
        for (int code = 0; code < 256; code++) {
            EventType type = EventType.ofCode((byte) code);
            if (CODES.containsKey(code)) {
                assertThat(type).isEqualTo(CODES.get(code));
                assertThat(type.code()).isEqualTo((byte) code);
            } else {
                assertThat(type).as("code %d", code).isNull();
                RecordEncoder.encodeSet(buffer, NOTHING, NOTHING);
                RawMemory.writeByte(buffer, (byte) code);
                assertThat(RecordFlyweight.defectOf(buffer, 8)).isEqualTo("unknown event type " + code);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, Limits.MAX_VALUE_LENGTH + 1, 13})
    @Tag("R5")
    void aValueLengthThatCannotBeIsRefusedBeforeItIsUsed(int valueLength) {
        RecordEncoder.encodeSet(buffer, bytes(4, 0), bytes(12, 0));
        RawMemory.writeInt(buffer + RecordDescriptor.VALUE_LENGTH_OFFSET, valueLength);

        assertThat(RecordFlyweight.defectOf(buffer, 24))
                .isEqualTo("record of key length 4 and value length " + Integer.toUnsignedString(valueLength)
                        + " does not fit in 24 bytes");
    }

    @Test
    @Tag("R5")
    void aValueOverTheLimitIsRefusedHoweverManyBytesThereAre() {
        RecordEncoder.encodeSet(buffer, NOTHING, NOTHING);
        RawMemory.writeInt(buffer + RecordDescriptor.VALUE_LENGTH_OFFSET, Limits.MAX_VALUE_LENGTH + 1);

        assertThat(RecordFlyweight.defectOf(buffer, Long.MAX_VALUE)).contains("does not fit");
    }

    @Test
    @Tag("R5")
    void aKeyLengthBeyondTheBytesIsRefused() {
        RecordEncoder.encodeDelete(buffer, bytes(4, 0));
        RawMemory.writeShort(buffer + RecordDescriptor.KEY_LENGTH_OFFSET, 0xFFFF);

        assertThat(RecordFlyweight.defectOf(buffer, 12)).contains("key length 65535");
    }

    @Test
    @Tag("R5")
    void aRecordCutShortAtAnyByteIsRefused() {
        byte[] some = bytes(5, 0);
        int[] lengths = {
            RecordEncoder.encodeSet(buffer, some, some),
            RecordEncoder.encodeDelete(buffer, some),
            RecordEncoder.encodeMemoryBudget(buffer, 1),
            RecordEncoder.encodeMark(buffer, EventType.CLEAN_CLOSE, 1, 2, 3),
        };
        for (int type = 0; type < lengths.length; type++) {
            encode(type, some);
            for (int available = 0; available < lengths[type]; available++) {
                // A region that ends there: in checked memory, a read beyond it would throw.
                long shorter = RawMemory.allocate(Math.max(1, available));
                RawMemory.copy(buffer, shorter, available);
                assertThat(RecordFlyweight.defectOf(shorter, available))
                        .as("type %d, %d bytes", type, available)
                        .isNotNull();
                RawMemory.free(shorter, Math.max(1, available));
            }
            assertThat(RecordFlyweight.defectOf(buffer, lengths[type])).isNull();
        }
    }

    private void encode(int type, byte[] some) {
        switch (type) {
            case 0 -> RecordEncoder.encodeSet(buffer, some, some);
            case 1 -> RecordEncoder.encodeDelete(buffer, some);
            case 2 -> RecordEncoder.encodeMemoryBudget(buffer, 1);
            default -> RecordEncoder.encodeMark(buffer, EventType.CLEAN_CLOSE, 1, 2, 3);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "DELETE, 3, 1",
        "MEMORY_BUDGET, 0, 7",
        "MEMORY_BUDGET, 0, 9",
        "MEMORY_BUDGET, 1, 8",
        "MEMORY_BUDGET, 0, 0",
        "CLEAN_CLOSE, 0, 23",
        "CLEAN_CLOSE, 0, 25",
        "CLEAN_CLOSE, 1, 24",
        "DIGEST_MARK, 0, 0",
        "DIGEST_MARK, 2, 24"
    })
    @Tag("R5")
    void anEventWithLengthsOfAnotherTypeIsRefused(EventType type, int keyLength, int valueLength) {
        int length = RecordEncoder.encodeSet(buffer, bytes(keyLength, 0), bytes(valueLength, 0));
        RawMemory.writeByte(buffer, type.code());

        assertThat(RecordFlyweight.defectOf(buffer, length))
                .isEqualTo(type + " record with key length " + keyLength + " and value length " + valueLength);
    }

    @Test
    void readingAKeyOrValueCopiesIt() {
        RecordEncoder.encodeSet(buffer, new byte[] {1}, new byte[] {2});
        byte[] value = record.wrap(buffer).value();

        Arrays.fill(value, (byte) 9);

        assertThat(record.value()).isEqualTo(new byte[] {2});
    }

    private static byte[] bytes(int length, int first) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return bytes;
    }
}
