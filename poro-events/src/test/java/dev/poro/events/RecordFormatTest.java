package dev.poro.events;

import static dev.poro.events.RecordFlags.ABSOLUTE_EXPIRY;
import static dev.poro.events.RecordFlags.IF_ABSENT;
import static dev.poro.events.RecordFlags.IF_PRESENT;
import static dev.poro.events.RecordFlags.IF_SEQUENCE;
import static dev.poro.events.RecordFlags.KEEP_EXPIRY;
import static dev.poro.events.RecordFlags.RELATIVE_EXPIRY;
import static dev.poro.events.RecordFlags.TOKEN;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Flags, fields, values and batches: what {@link EventType} allows each type, byte by byte. */
@Tag("R5")
class RecordFormatTest {
    private static final int BUFFER_LENGTH = 1 << 16;
    private static final byte[] KEY = {'k', 'e', 'y'};
    private static final byte[] VALUE = {'v'};
    private static final long CLIENT = -5;

    private final long buffer = RawMemory.allocate(BUFFER_LENGTH);
    private final RecordFlyweight record = new RecordFlyweight();

    @AfterEach
    void freeBuffer() {
        RawMemory.free(buffer, BUFFER_LENGTH);
    }

    /** Guards of 0 to 3, expiries of 0 to 3, and perhaps a token; all others are corruption. */
    private static Set<Integer> legalFlags(EventType type, int version) {
        boolean isOld = type.code() <= 5;
        if (version == 1) {
            return isOld ? Set.of(0) : Set.of();
        }
        switch (type) {
            case SET:
                return withToken(flags(List.of(0, 1, 2, 3), List.of(0, 1, 2, 3)));
            case DELETE:
            case ADD:
            case SPLICE:
                return withToken(flags(List.of(0), List.of(0, 1, 2, 3)));
            case EXPIRE_AT:
                return withToken(flags(List.of(0, 2, 3), List.of(0, 1, 2, 3)));
            case BATCH:
                return withToken(flags(List.of(0), List.of(0, 3)));
            case REQUIRE:
                return flags(List.of(0), List.of(1, 2, 3));
            case CLIENT:
                return Set.of(TOKEN);
            default:
                return Set.of(0);
        }
    }

    private static Set<Integer> flags(List<Integer> expiries, List<Integer> guards) {
        Set<Integer> flags = new TreeSet<>();
        expiries.forEach(expiry -> guards.forEach(guard -> flags.add(expiry | guard << 2)));
        return flags;
    }

    /** These flags, each also with a token. */
    private static Set<Integer> withToken(Set<Integer> flags) {
        Set<Integer> all = new TreeSet<>(flags);
        flags.forEach(each -> all.add(each | TOKEN));
        return all;
    }

    @ParameterizedTest
    @EnumSource(EventType.class)
    void aTypeHasItsFlagsAndNoOthers(EventType type) {
        for (int version = 1; version <= 3; version++) {
            Set<Integer> legal = legalFlags(type, version);
            for (int flags = 0; flags < 256; flags++) {
                int length = encode(type, flags);
                String defect = RecordFlyweight.defectOfOne(buffer, length, version);
                String what = type + " with flags " + flags + " in version " + version;
                if ((version == 1 && type.code() > 5) || (version == 2 && type == EventType.CLIENT)) {
                    assertThat(defect).as(what).isEqualTo("unknown event type " + type.code());
                } else if (legal.contains(flags)) {
                    assertThat(defect).as(what).isNull();
                    assertThat(RecordFlyweight.defectOfOne(buffer, length - 1, version))
                            .as(what)
                            .isNotNull();
                } else {
                    assertThat(defect).as(what).isEqualTo("unknown record flags 0x" + Integer.toHexString(flags));
                }
            }
        }
    }

    /** A record of this type as it should be, but for its flags. */
    private int encode(EventType type, int flags) {
        byte[] key = hasKey(type) ? KEY : new byte[0];
        byte[] value = valueOf(type);
        return encodeSet(flags, 5, 7, key, value) + retype(type);
    }

    private int encodeSet(int flags, long time, long sequence, byte[] key, byte[] value) {
        int length = RecordEncoder.encodeSet(buffer, flags, time, sequence, key, value);
        if ((flags & TOKEN) != 0) {
            RecordEncoder.encodeToken(buffer, CLIENT, 9);
        }
        return length;
    }

    private int retype(EventType type) {
        RawMemory.writeByte(buffer, type.code());
        return 0;
    }

    private static boolean hasKey(EventType type) {
        return type.changesOneKey() || type == EventType.REQUIRE;
    }

    private static byte[] valueOf(EventType type) {
        switch (type) {
            case SET:
                return VALUE;
            case MEMORY_BUDGET:
            case ADD:
                return new byte[8];
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                return new byte[24];
            case SPLICE:
                return ints(0, 1, 0);
            case EXPIRE_AT:
                return new byte[1];
            case BATCH:
                return new byte[] {2, 0, 0, 0, 0, 0, 0, 0};
            case EXPIRE_DUE:
                return ints(1);
            case CLIENT:
                return ints(1, 0, 0, 0);
            default:
                return new byte[0];
        }
    }

    private static byte[] ints(int... ints) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * ints.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(ints).forEach(bytes::putInt);
        return bytes.array();
    }

    /** The shortest and the longest legal value; -1 where there is no limit but that of all values. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "SET, true, 0, -1",
        "DELETE, true, 0, 0",
        "MEMORY_BUDGET, false, 8, 8",
        "CLEAN_CLOSE, false, 24, 24",
        "DIGEST_MARK, false, 24, 24",
        "ADD, true, 8, 8",
        "SPLICE, true, 8, -1",
        "EXPIRE_AT, true, 1, 1",
        "CLEAR, false, 0, 0",
        "BATCH, false, 1, -1",
        "EXPIRE_DUE, false, 4, 4",
        "REQUIRE, true, 0, 0",
        "CLIENT, false, 16, 16"
    })
    void aTypeHasItsLengthsAndNoOthers(EventType type, boolean hasKey, int shortest, int longest) {
        for (int keyLength = 0; keyLength < 3; keyLength++) {
            for (int valueLength = 0; valueLength < 40; valueLength++) {
                boolean fits = (hasKey || keyLength == 0)
                        && valueLength >= shortest
                        && (longest < 0 || valueLength <= longest);
                assertThat(type.fits(keyLength, valueLength))
                        .as("%s, key of %d, value of %d bytes", type, keyLength, valueLength)
                        .isEqualTo(fits);
            }
        }
    }

    @Test
    void theBytesOfARecordWithFieldsAreThoseOfTheFormat() {
        int length = RecordEncoder.encodeSet(buffer, ABSOLUTE_EXPIRY | IF_SEQUENCE, 0x0102, 0x0304, KEY, VALUE);

        assertThat(bytes(length)).isEqualTo(new byte[] {
            1, 14, 3, 0, 1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 'k', 'e', 'y', 'v'
        });
        RecordEncoder.encodeSplice(buffer, 0, 0, KEY, RecordDescriptor.SPLICE_AT_END, 258, VALUE);
        assertThat(bytes(20))
                .isEqualTo(new byte[] {17, 0, 3, 0, 9, 0, 0, 0, 'k', 'e', 'y', -1, -1, -1, -1, 2, 1, 0, 0, 'v'});
        RecordEncoder.encodeExpireAt(buffer, RELATIVE_EXPIRY, 9, 0, KEY, ExpiryCondition.IF_EARLIER);
        assertThat(bytes(20)).isEqualTo(new byte[] {18, 3, 3, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 'k', 'e', 'y', 4});
    }

    @Test
    void everyRecordIsReadBack() {
        for (int flags : legalFlags(EventType.SET, 2)) {
            int length = encodeSet(flags, 5, 7, KEY, VALUE);
            requireFields(length, EventType.SET, flags);
            assertThat(record.value()).isEqualTo(VALUE);
        }
        for (int guard : new int[] {0, IF_ABSENT, IF_PRESENT, IF_SEQUENCE}) {
            requireFields(RecordEncoder.encodeDelete(buffer, guard, 7, KEY), EventType.DELETE, guard);
            requireFields(RecordEncoder.encodeAdd(buffer, guard, 7, KEY, Long.MIN_VALUE), EventType.ADD, guard);
            assertThat(record.delta()).isEqualTo(Long.MIN_VALUE);
            requireFields(RecordEncoder.encodeSplice(buffer, guard, 7, KEY, -2, 99, VALUE), EventType.SPLICE, guard);
            assertThat(record.spliceOffset()).isEqualTo(-2);
            assertThat(record.spliceLimit()).isEqualTo(99);
            assertThat(record.spliceLength()).isEqualTo(1);
            assertThat(RawMemory.readByte(record.spliceAddress())).isEqualTo((byte) 'v');
            for (ExpiryCondition condition : ExpiryCondition.values()) {
                for (int expiry : new int[] {0, ABSOLUTE_EXPIRY, RELATIVE_EXPIRY}) {
                    int length = RecordEncoder.encodeExpireAt(buffer, guard | expiry, 5, 7, KEY, condition);
                    requireFields(length, EventType.EXPIRE_AT, guard | expiry);
                    assertThat(record.condition()).isEqualTo(condition);
                }
            }
            if (guard != 0) {
                int length = RecordEncoder.encodeRequire(buffer, guard, 7, KEY);
                assertThat(RecordFlyweight.defectOf(buffer, length)).isEqualTo("REQUIRE record outside of a batch");
                assertThat(record.wrap(buffer).key()).isEqualTo(KEY);
            }
        }
        assertThat(RecordFlyweight.defectOf(buffer, RecordEncoder.encodeClear(buffer)))
                .isNull();
        assertThat(RecordFlyweight.defectOf(buffer, RecordEncoder.encodeExpireDue(buffer, 9)))
                .isNull();
        assertThat(record.wrap(buffer).most()).isEqualTo(9);
    }

    private void requireFields(int length, EventType type, int flags) {
        assertThat(RecordFlyweight.defectOf(buffer, length)).isNull();
        record.wrap(buffer);
        assertThat(record.type()).isEqualTo(type);
        assertThat(record.flags()).isEqualTo(flags);
        assertThat(record.length()).isEqualTo(length);
        assertThat(record.key()).isEqualTo(KEY);
        if ((flags & 2) != 0) {
            assertThat(record.time()).isEqualTo(5);
        }
        if ((flags & 12) == 12) {
            assertThat(record.guardSequence()).isEqualTo(7);
        }
        if ((flags & TOKEN) != 0) {
            assertThat(record.tokenClient()).isEqualTo(CLIENT);
            assertThat(record.tokenNumber()).isEqualTo(9);
        }
        assertThat(RecordFlyweight.defectOf(buffer, length - 1)).isNotNull();
    }

    @Test
    void theBytesOfATokenAreThoseOfTheFormat() {
        int length = RecordEncoder.encodeSet(buffer, RELATIVE_EXPIRY | IF_SEQUENCE | TOKEN, 1, 2, KEY, VALUE);
        RecordEncoder.encodeToken(buffer, 0x0102_0304_0506_0708L, 3);

        assertThat(bytes(length)).isEqualTo(new byte[] {
            1, 31, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 3, 0, 0, 0,
            0, 0, 0, 0, 'k', 'e', 'y', 'v'
        });
        assertThat(RecordEncoder.encodeDelete(buffer, TOKEN, 0, KEY)).isEqualTo(27);
        assertThat(RecordEncoder.encodeClient(buffer, 5, 6, Outcome.DELETED, 7)).isEqualTo(40);
        assertThat(bytes(40)).isEqualTo(new byte[] {
            64, 16, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0,
            0, 0, 0, 0, 0
        });
    }

    @Test
    void theClientOfASnapshotIsReadBack() {
        for (Outcome outcome : Outcome.values()) {
            int length = RecordEncoder.encodeClient(buffer, CLIENT, 6, outcome, -7);
            String defect = RecordFlyweight.defectOf(buffer, length, EventType.SNAPSHOT_VERSION);
            if (!outcome.isAccepted()) {
                assertThat(defect).isEqualTo("CLIENT record with unknown outcome " + outcome.code());
                continue;
            }
            assertThat(defect).isNull();
            assertThat(RecordFlyweight.defectOf(buffer, length)).isEqualTo("unknown event type 64");
            assertThat(record.wrap(buffer).length()).isEqualTo(length);
            assertThat(record.tokenClient()).isEqualTo(CLIENT);
            assertThat(record.tokenNumber()).isEqualTo(6);
            assertThat(record.clientOutcome()).isEqualTo(outcome);
            assertThat(record.clientNumber()).isEqualTo(-7);
        }
        for (long code : new long[] {0, -1, 6, 1L << 32 | 1}) {
            int length = RecordEncoder.encodeClient(buffer, CLIENT, 6, Outcome.CREATED, 0);
            RawMemory.writeLong(buffer + 24, code);
            assertThat(RecordFlyweight.defectOf(buffer, length, EventType.SNAPSHOT_VERSION))
                    .isEqualTo("CLIENT record with unknown outcome " + Long.toUnsignedString(code));
        }
    }

    @Test
    void theNumberOfATokenBeginsWithOne() {
        for (int flags : legalFlags(EventType.SET, 2)) {
            int length = encodeSet(flags, 5, 7, KEY, VALUE);
            for (long number : new long[] {0, -1, Long.MIN_VALUE}) {
                if ((flags & TOKEN) != 0) {
                    RecordEncoder.encodeToken(buffer, 1, number);
                    assertThat(RecordFlyweight.defectOf(buffer, length))
                            .isEqualTo("SET record with a token of number " + number);
                    RecordEncoder.encodeToken(buffer, number, Long.MAX_VALUE);
                    assertThat(RecordFlyweight.defectOf(buffer, length)).isNull();
                }
            }
        }
    }

    @Test
    void fieldsBelowTheirLeastAreCorruption() {
        assertThat(defectOfSet(ABSOLUTE_EXPIRY, 0, 0)).isNull();
        assertThat(defectOfSet(ABSOLUTE_EXPIRY, Long.MAX_VALUE, 0)).isNull();
        assertThat(defectOfSet(ABSOLUTE_EXPIRY, -1, 0)).isEqualTo("SET record with an expiry of -1 ms");
        assertThat(defectOfSet(RELATIVE_EXPIRY, 1, 0)).isNull();
        assertThat(defectOfSet(RELATIVE_EXPIRY, 0, 0)).isEqualTo("SET record with an expiry of 0 ms");
        assertThat(defectOfSet(IF_SEQUENCE, 0, 0)).isNull();
        assertThat(defectOfSet(IF_SEQUENCE, 0, Long.MAX_VALUE)).isNull();
        assertThat(defectOfSet(IF_SEQUENCE, 0, -1)).isEqualTo("SET record with a guard of sequence -1");
        assertThat(defectOfSet(KEEP_EXPIRY | IF_SEQUENCE, 0, -1)).contains("guard");
        assertThat(defectOfSet(RELATIVE_EXPIRY | IF_SEQUENCE, 1, -1)).contains("guard");
        assertThat(defectOfSet(KEEP_EXPIRY | IF_PRESENT, -1, -1)).isNull();
    }

    private String defectOfSet(int flags, long time, long sequence) {
        return RecordFlyweight.defectOf(buffer, RecordEncoder.encodeSet(buffer, flags, time, sequence, KEY, VALUE));
    }

    @Test
    void valuesThatNobodyUnderstandsAreCorruption() {
        for (int limit : new int[] {1, Limits.MAX_VALUE_LENGTH}) {
            assertThat(RecordFlyweight.defectOf(buffer, RecordEncoder.encodeSplice(buffer, 0, 0, KEY, 0, limit, VALUE)))
                    .isNull();
        }
        for (int limit : new int[] {0, -1, Integer.MIN_VALUE, Limits.MAX_VALUE_LENGTH + 1}) {
            assertThat(RecordFlyweight.defectOf(buffer, RecordEncoder.encodeSplice(buffer, 0, 0, KEY, 0, limit, VALUE)))
                    .isEqualTo("SPLICE record with a limit of " + limit);
        }
        for (int condition = 0; condition < 256; condition++) {
            int length = RecordEncoder.encodeExpireAt(buffer, IF_SEQUENCE, 0, 7, KEY, ExpiryCondition.ALWAYS);
            RawMemory.writeByte(buffer + length - 1, (byte) condition);
            assertThat(RecordFlyweight.defectOf(buffer, length))
                    .isEqualTo(condition < 5 ? null : "EXPIRE_AT record with unknown condition " + condition);
        }
        for (int most : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThat(RecordFlyweight.defectOf(buffer, RecordEncoder.encodeExpireDue(buffer, most)))
                    .isEqualTo("EXPIRE_DUE record of " + most + " entries");
        }
        assertThat(RecordFlyweight.defectOf(buffer, RecordEncoder.encodeExpireDue(buffer, Integer.MAX_VALUE)))
                .isNull();
    }

    // Batches: R = REQUIRE, C = CLEAR, s, d, a, p, e = changes, the rest does not belong into one

    @ParameterizedTest(name = "records ''{0}''")
    @CsvSource({
        "s, true",
        "sdape, true",
        "R, true",
        "RRR, true",
        "C, true",
        "Cs, true",
        "RCs, true",
        "RRCsse, true",
        "ss, true",
        "'', false",
        "CC, false",
        "sC, false",
        "sR, false",
        "CR, false",
        "RsCs, false",
        "B, false",
        "sB, false",
        "M, false",
        "K, false",
        "D, false",
        "sX, false",
        "T, false",
        "sT, false",
        "RX, false"
    })
    void aBatchHasItsRecordsInTheirOrder(String parts, boolean isLegal) {
        for (int flags : new int[] {0, IF_SEQUENCE, TOKEN, IF_SEQUENCE | TOKEN}) {
            int header = RecordDescriptor.recordLength(flags, 0, 0);
            int end = header;
            for (int i = 0; i < parts.length(); i++) {
                end += encodePart(buffer + end, parts.charAt(i));
            }
            assertThat(RecordEncoder.encodeBatchHeader(buffer, flags, 7, end - header))
                    .isEqualTo(header);
            if ((flags & TOKEN) != 0) {
                RecordEncoder.encodeToken(buffer, CLIENT, 9);
            }
            assertThat(RecordFlyweight.defectOf(buffer, end) == null).isEqualTo(isLegal);
            if (isLegal) {
                assertThat(record.wrap(buffer).valueAddress()).isEqualTo(buffer + header);
                assertThat(record.length()).isEqualTo(end);
                for (int cut = header + 1; cut < end; cut++) {
                    RecordEncoder.encodeBatchHeader(buffer, flags, 7, cut - header);
                    String defect = RecordFlyweight.defectOf(buffer, cut);
                    assertThat(defect == null).isEqualTo(isEndOfPart(cut - header, parts));
                }
            }
        }
    }

    private boolean isEndOfPart(int length, String parts) {
        int end = 0;
        for (int i = 0; i < parts.length(); i++) {
            end += encodePart(buffer + BUFFER_LENGTH / 2, parts.charAt(i));
            if (end == length) {
                return true;
            }
        }
        return false;
    }

    private static int encodePart(long at, char part) {
        switch (part) {
            case 'R':
                return RecordEncoder.encodeRequire(at, IF_SEQUENCE, 7, KEY);
            case 'C':
                return RecordEncoder.encodeClear(at);
            case 's':
                return RecordEncoder.encodeSet(at, RELATIVE_EXPIRY | IF_SEQUENCE, 5, 7, KEY, VALUE);
            case 'd':
                return RecordEncoder.encodeDelete(at, IF_PRESENT, 0, KEY);
            case 'a':
                return RecordEncoder.encodeAdd(at, 0, 0, KEY, 1);
            case 'p':
                return RecordEncoder.encodeSplice(at, 0, 0, KEY, 0, 9, VALUE);
            case 'e':
                return RecordEncoder.encodeExpireAt(at, 0, 0, 0, KEY, ExpiryCondition.ALWAYS);
            case 'B':
                int begin = RecordEncoder.encodeBatchHeader(at, 0, 0, 8);
                return begin + RecordEncoder.encodeClear(at + begin);
            case 'M':
                return RecordEncoder.encodeMemoryBudget(at, 5);
            case 'K':
                return RecordEncoder.encodeMark(at, EventType.DIGEST_MARK, 1, 2, 3);
            case 'D':
                return RecordEncoder.encodeExpireDue(at, 5);
            case 'T':
                int length = RecordEncoder.encodeSet(at, TOKEN, 0, 0, KEY, VALUE);
                RecordEncoder.encodeToken(at, CLIENT, 9);
                return length;
            default: // a part that is damaged itself
                return RecordEncoder.encodeSplice(at, 0, 0, KEY, 0, 0, VALUE);
        }
    }

    @Test
    void theDefectOfABatchNamesThePlace() {
        int header = RecordDescriptor.recordLength(0, 0, 0);
        int first = RecordEncoder.encodeClear(buffer + header);
        int end = header + first + RecordEncoder.encodeExpireDue(buffer + header + first, 5);
        RecordEncoder.encodeBatchHeader(buffer, 0, 0, end - header);
        assertThat(RecordFlyweight.defectOf(buffer, end))
                .isEqualTo("BATCH record, at 8: EXPIRE_DUE record in the wrong place");
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        RawMemory.copy(buffer, bytes, 0, length);
        return bytes;
    }
}
