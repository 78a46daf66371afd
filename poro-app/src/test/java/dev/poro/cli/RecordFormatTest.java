package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What {@code poro dump} makes of each type, flag and field.
 *
 * @see dev.poro.engine.tools.RecordFields
 */
class RecordFormatTest {
    private static final int LENGTH = 4_096;
    private static final byte[] KEY = {'k'};
    private static final byte[] BYTES = {'v', 0};
    private static final long TIME = 1_700_000_000_123L;

    private final long buffer = RawMemory.allocate(LENGTH);
    private final Set<EventType> shown = EnumSet.noneOf(EventType.class);

    @AfterEach
    void free() {
        RawMemory.free(buffer, LENGTH);
    }

    private void requireShown(LongToIntFunction encoder, String text, String json) {
        int length = encoder.applyAsInt(buffer);
        assertThat(RecordFlyweight.defectOf(buffer, length)).isNull();
        RecordFlyweight record = new RecordFlyweight().wrap(buffer);
        boolean isEvent = !record.type().isMark();
        shown.add(record.type());
        assertThat(new TextRecord(Integer.MAX_VALUE).format(7, isEvent, 0, 0, record))
                .isEqualTo((isEvent ? "7" : "-") + " 1970-01-01T00:00:00.000Z " + text);
        assertThat(new JsonRecord(Integer.MAX_VALUE).format(7, isEvent, 0, 0, record))
                .isEqualTo("{" + (isEvent ? "\"sequence\":7," : "") + "\"timestamp\":\"1970-01-01T00:00:00.000Z\","
                        + json + "}");
    }

    @Test
    void showsEveryTypeWithAllItsFields() {
        requireShown(
                at -> RecordEncoder.encodeSet(at, KEY, BYTES),
                "SET \"k\" \"v\\x00\"",
                "\"type\":\"SET\",\"key\":\"k\",\"value\":\"v\\u0000\",\"valueLength\":2");
        requireShown(
                at -> RecordEncoder.encodeSet(
                        at, RecordFlags.ABSOLUTE_EXPIRY | RecordFlags.IF_SEQUENCE, TIME, 5, KEY, BYTES),
                "SET \"k\" \"v\\x00\" expires 2023-11-14T22:13:20.123Z if of sequence 5",
                "\"type\":\"SET\",\"key\":\"k\",\"value\":\"v\\u0000\",\"valueLength\":2,"
                        + "\"expiresAt\":\"2023-11-14T22:13:20.123Z\",\"if\":\"SEQUENCE\",\"ifSequence\":5");
        requireShown(
                at -> RecordEncoder.encodeSet(
                        at, RecordFlags.RELATIVE_EXPIRY | RecordFlags.IF_ABSENT, 500, 0, KEY, KEY),
                "SET \"k\" \"k\" expires after 500 ms if absent",
                "\"type\":\"SET\",\"key\":\"k\",\"value\":\"k\",\"valueLength\":1,"
                        + "\"expiresAfterMillis\":500,\"if\":\"ABSENT\"");
        requireShown(
                at -> RecordEncoder.encodeSet(at, RecordFlags.KEEP_EXPIRY, 0, 0, KEY, KEY),
                "SET \"k\" \"k\" keeps its expiry",
                "\"type\":\"SET\",\"key\":\"k\",\"value\":\"k\",\"valueLength\":1,\"keepsExpiry\":true");
        requireShown(
                at -> RecordEncoder.encodeDelete(at, RecordFlags.IF_PRESENT, 0, KEY),
                "DELETE \"k\" if present",
                "\"type\":\"DELETE\",\"key\":\"k\",\"if\":\"PRESENT\"");
        requireShown(
                at -> RecordEncoder.encodeAdd(at, 0, 0, KEY, -3),
                "ADD \"k\" -3",
                "\"type\":\"ADD\",\"key\":\"k\",\"delta\":-3");
        requireShown(
                at -> RecordEncoder.encodeSplice(at, 0, 0, KEY, RecordDescriptor.SPLICE_AT_END, 99, BYTES),
                "SPLICE \"k\" \"v\\x00\" at the end, limit 99",
                "\"type\":\"SPLICE\",\"key\":\"k\",\"value\":\"v\\u0000\",\"valueLength\":2,\"limit\":99");
        requireShown(
                at -> RecordEncoder.encodeSplice(at, 0, 0, KEY, 0xFFFF_FFFE, 99, KEY),
                "SPLICE \"k\" \"k\" at 4294967294, limit 99",
                "\"type\":\"SPLICE\",\"key\":\"k\",\"value\":\"k\",\"valueLength\":1,"
                        + "\"offset\":4294967294,\"limit\":99");
        requireShown(
                at -> RecordEncoder.encodeExpireAt(at, 0, 0, 0, KEY, ExpiryCondition.ALWAYS),
                "EXPIRE_AT \"k\" expires never",
                "\"type\":\"EXPIRE_AT\",\"key\":\"k\",\"condition\":\"ALWAYS\"");
        requireShown(
                at -> RecordEncoder.encodeExpireAt(
                        at, RecordFlags.RELATIVE_EXPIRY, 1, 0, KEY, ExpiryCondition.IF_LATER),
                "EXPIRE_AT \"k\" expires after 1 ms if later",
                "\"type\":\"EXPIRE_AT\",\"key\":\"k\",\"expiresAfterMillis\":1,\"condition\":\"IF_LATER\"");
        requireShown(
                RecordFormatTest::encodeAddWithToken,
                "ADD \"k\" 3 if of sequence 4, change 6 of client -5",
                "\"type\":\"ADD\",\"key\":\"k\",\"delta\":3,\"if\":\"SEQUENCE\",\"ifSequence\":4,"
                        + "\"client\":-5,\"number\":6");
        requireShown(RecordEncoder::encodeClear, "CLEAR", "\"type\":\"CLEAR\"");
        requireShown(
                at -> RecordEncoder.encodeExpireDue(at, 64),
                "EXPIRE_DUE at most 64",
                "\"type\":\"EXPIRE_DUE\",\"atMost\":64");
        requireShown(
                at -> RecordEncoder.encodeMemoryBudget(at, 1_024),
                "MEMORY_BUDGET 1024 bytes",
                "\"type\":\"MEMORY_BUDGET\",\"bytes\":1024");
        for (EventType mark : new EventType[] {EventType.CLEAN_CLOSE, EventType.DIGEST_MARK}) {
            requireShown(
                    at -> RecordEncoder.encodeMark(at, mark, 6, 0xABC, 2),
                    mark + " after sequence 6: 2 keys, digest 0000000000000abc",
                    "\"type\":\"" + mark + "\",\"afterSequence\":6,\"keys\":2,\"digest\":\"0000000000000abc\"");
        }
        requireShown(
                RecordFormatTest::encodeBatch,
                "BATCH if unchanged since sequence 6\n    REQUIRE \"k\" if of sequence 4\n    CLEAR\n    DELETE \"k\"",
                "\"type\":\"BATCH\",\"if\":\"SEQUENCE\",\"ifSequence\":6,\"records\":["
                        + "{\"type\":\"REQUIRE\",\"key\":\"k\",\"if\":\"SEQUENCE\",\"ifSequence\":4}, "
                        + "{\"type\":\"CLEAR\"}, {\"type\":\"DELETE\",\"key\":\"k\"}]");

        shown.add(EventType.REQUIRE); // in the batch
        shown.add(EventType.CLIENT); // in no log
        assertThat(shown).containsExactlyInAnyOrder(EventType.values());
    }

    private static int encodeAddWithToken(long at) {
        int length = RecordEncoder.encodeAdd(at, RecordFlags.TOKEN | RecordFlags.IF_SEQUENCE, 4, KEY, 3);
        RecordEncoder.encodeToken(at, -5, 6);
        return length;
    }

    private static int encodeBatch(long at) {
        int length = RecordDescriptor.recordLength(RecordFlags.IF_SEQUENCE, 1, 0)
                + RecordDescriptor.recordLength(0, 0)
                + RecordDescriptor.recordLength(1, 0);
        int end = RecordEncoder.encodeBatchHeader(at, RecordFlags.IF_SEQUENCE, 6, length);
        end += RecordEncoder.encodeRequire(at + end, RecordFlags.IF_SEQUENCE, 4, KEY);
        end += RecordEncoder.encodeClear(at + end);
        return end + RecordEncoder.encodeDelete(at + end, KEY);
    }

    @Test
    void showsTheTimeOfTheSystemsClockAndInJsonThatOfTheLogToo() {
        RecordEncoder.encodeDelete(buffer, KEY);
        RecordFlyweight record = new RecordFlyweight().wrap(buffer);

        assertThat(new TextRecord(1).format(1, true, 0, TIME, record))
                .isEqualTo("1 2023-11-14T22:13:20.123Z DELETE \"k\"");
        assertThat(new JsonRecord(1).format(1, true, 0, TIME, record))
                .startsWith("{\"sequence\":1,\"timestamp\":\"2023-11-14T22:13:20.123Z\","
                        + "\"logTime\":\"1970-01-01T00:00:00.000Z\",\"type\"");
    }

    @Test
    void shortensLongValues() {
        RecordEncoder.encodeSplice(buffer, 0, 0, KEY, 0, 99, new byte[] {'a', 'b', 'c'});
        RecordFlyweight record = new RecordFlyweight().wrap(buffer);

        assertThat(new TextRecord(2).format(1, true, 0, 0, record)).contains(" \"ab\"... (3 bytes) at 0, limit 99");
        assertThat(new JsonRecord(2).format(1, true, 0, 0, record)).contains("\"value\":\"ab\",\"valueLength\":3");
    }
}
