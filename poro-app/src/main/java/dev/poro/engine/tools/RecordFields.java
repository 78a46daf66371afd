package dev.poro.engine.tools;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/** What a record holds besides key and value, for showing a log. */
public final class RecordFields {
    private RecordFields() {}

    /** What becomes of the expiry of a key. */
    public enum Expiry {
        /** It has none afterwards. */
        NONE,
        /** It keeps the one it has. */
        KEPT,
        /** It expires at a time. */
        ABSOLUTE,
        /** It expires some time after the event. */
        RELATIVE
    }

    /** What must be the case for the event to take effect. */
    public enum Guard {
        /** Nothing. */
        NONE,
        /** The key is absent. */
        ABSENT,
        /** The key is present. */
        PRESENT,
        /** The key was last changed by the event of a sequence; of a batch: nothing was changed after it. */
        SEQUENCE
    }

    /** Of a SET or an EXPIRE_AT: what becomes of the expiry; {@link RecordFlyweight#time} is when. */
    public static Expiry expiryOf(RecordFlyweight record) {
        Objects.requireNonNull(record, "record");
        switch (RecordFlags.expiry(record.flags())) {
            case RecordFlags.KEEP_EXPIRY:
                return Expiry.KEPT;
            case RecordFlags.ABSOLUTE_EXPIRY:
                return Expiry.ABSOLUTE;
            case RecordFlags.RELATIVE_EXPIRY:
                return Expiry.RELATIVE;
            default:
                return Expiry.NONE;
        }
    }

    /** Of any record: its guard; {@link RecordFlyweight#guardSequence} is the sequence. */
    public static Guard guardOf(RecordFlyweight record) {
        Objects.requireNonNull(record, "record");
        switch (RecordFlags.guard(record.flags())) {
            case RecordFlags.IF_ABSENT:
                return Guard.ABSENT;
            case RecordFlags.IF_PRESENT:
                return Guard.PRESENT;
            case RecordFlags.IF_SEQUENCE:
                return Guard.SEQUENCE;
            default:
                return Guard.NONE;
        }
    }

    /**
     * Whether the record carries a token: {@link RecordFlyweight#tokenClient} says whose change it is, {@link
     * RecordFlyweight#tokenNumber} which of them.
     */
    public static boolean hasToken(RecordFlyweight record) {
        Objects.requireNonNull(record, "record");
        return RecordFlags.hasToken(record.flags());
    }

    /** Of an EXPIRE_AT: the name of its condition on the expiry that the key has. */
    public static String conditionOf(RecordFlyweight record) {
        Objects.requireNonNull(record, "record");
        return record.condition().name();
    }

    /** Of a SPLICE: where it begins; empty for the end of the value. */
    public static OptionalLong offsetOf(RecordFlyweight record) {
        Objects.requireNonNull(record, "record");
        int offset = record.spliceOffset();
        return offset == RecordDescriptor.SPLICE_AT_END
                ? OptionalLong.empty()
                : OptionalLong.of(Integer.toUnsignedLong(offset));
    }

    /** Of a SPLICE: a copy of the bytes. */
    public static byte[] bytesOf(RecordFlyweight record) {
        Objects.requireNonNull(record, "record");
        byte[] bytes = new byte[record.spliceLength()];
        RawMemory.copy(record.spliceAddress(), bytes, 0, bytes.length);
        return bytes;
    }

    /** Of a BATCH: the records in it, valid as long as the batch. */
    public static List<RecordFlyweight> partsOf(RecordFlyweight batch) {
        Objects.requireNonNull(batch, "batch");
        List<RecordFlyweight> parts = new ArrayList<>();
        if (batch.type() == EventType.BATCH) {
            long end = batch.valueAddress() + batch.valueLength();
            for (long at = batch.valueAddress();
                    at < end;
                    at += parts.get(parts.size() - 1).length()) {
                parts.add(new RecordFlyweight().wrap(at));
            }
        }
        return parts;
    }
}
