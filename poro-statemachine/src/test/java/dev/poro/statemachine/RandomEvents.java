package dev.poro.statemachine;

import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random records of every type that changes data, with a liking for what decides an outcome. */
final class RandomEvents {
    private static final int[] GUARDS = {RecordFlags.IF_ABSENT, RecordFlags.IF_PRESENT, RecordFlags.IF_SEQUENCE};
    private static final int[] EXPIRIES = {
        RecordFlags.KEEP_EXPIRY, RecordFlags.ABSOLUTE_EXPIRY, RecordFlags.RELATIVE_EXPIRY, RecordFlags.RELATIVE_EXPIRY
    };
    private static final String[] NUMBERS = {
        "0",
        "-0",
        "",
        "1",
        "-1",
        "01",
        "+1",
        "12a",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "922337203685477580",
        "99999999999999999999",
        "-"
    };
    private static final long[] DELTAS = {1, -1, 0, Long.MAX_VALUE, Long.MIN_VALUE, 1_000_000};

    private final Random random;
    private final EntryGenerator generator;
    private final boolean withTokens;

    RandomEvents(Random random, EntryGenerator generator) {
        this(random, generator, false);
    }

    /** @param withTokens whether some changes carry a token */
    RandomEvents(Random random, EntryGenerator generator, boolean withTokens) {
        this.random = random;
        this.generator = generator;
        this.withTokens = withTokens;
    }

    /** @param sequence of the last event; {@code time} of the next */
    byte[] next(long sequence, long time) {
        byte[] record = nextWithoutToken(sequence, time);
        EventType type = EventType.ofCode(record[0]);
        boolean mayHaveToken = type.changesOneKey() || type == EventType.BATCH;
        Random ofToken = new Random(sequence); // the events are the same with tokens and without
        if (!withTokens || !mayHaveToken || ofToken.nextInt(4) != 0) {
            return record;
        }
        // Clients come and go, and send again, go on, or skip a number.
        return Records.withToken(record, sequence / 200 + ofToken.nextInt(3), 1 + ofToken.nextInt(4));
    }

    private byte[] nextWithoutToken(long sequence, long time) {
        int dice = random.nextInt(100);
        if (dice < 82) {
            return change(sequence, time, generator.key());
        }
        if (dice < 93) {
            return batch(sequence, time);
        }
        if (dice < 99 || random.nextInt(5) > 0) {
            return Records.expireDue(1 + random.nextInt(8));
        }
        return Records.clear();
    }

    private byte[] change(long sequence, long time, byte[] key) {
        int guard = guard();
        long guardSequence = Math.max(0, sequence - random.nextInt(300));
        switch (random.nextInt(9)) {
            case 0:
                return Records.delete(guard, guardSequence, key);
            case 1:
                return Records.add(guard, guardSequence, key, DELTAS[random.nextInt(DELTAS.length)]);
            case 2:
                return splice(guard, guardSequence, key);
            case 3:
                int expiry = random.nextInt(4) == 0 ? 0 : EXPIRIES[1 + random.nextInt(3)];
                ExpiryCondition[] conditions = ExpiryCondition.values();
                return Records.expireAt(
                        guard | expiry,
                        timeOf(expiry, time),
                        guardSequence,
                        key,
                        conditions[random.nextInt(conditions.length)]);
            case 4:
                byte[] number = NUMBERS[random.nextInt(NUMBERS.length)].getBytes(StandardCharsets.ISO_8859_1);
                return Records.set(0, 0, 0, key, number);
            default:
                int kind = random.nextInt(2) == 0 ? 0 : EXPIRIES[random.nextInt(EXPIRIES.length)];
                return Records.set(guard | kind, timeOf(kind, time), guardSequence, key, generator.value());
        }
    }

    private byte[] splice(int guard, long guardSequence, byte[] key) {
        int offset = random.nextInt(3) == 0 ? random.nextInt(20_000) : RecordDescriptor.SPLICE_AT_END;
        byte[] bytes = random.nextInt(5) == 0 ? new byte[0] : generator.value();
        int limit = random.nextInt(4) == 0 ? 1 + random.nextInt(10_000) : 2 << 20;
        return Records.splice(guard, guardSequence, key, offset, limit, bytes);
    }

    private int guard() {
        return random.nextInt(3) == 0 ? GUARDS[random.nextInt(GUARDS.length)] : RecordFlags.NO_GUARD;
    }

    private long timeOf(int expiry, long time) {
        if (random.nextInt(20) == 0) {
            return Long.MAX_VALUE - random.nextInt(2);
        }
        return expiry == RecordFlags.ABSOLUTE_EXPIRY
                ? Math.max(0, time - 20 + random.nextInt(300))
                : 1 + random.nextInt(300);
    }

    private byte[] batch(long sequence, long time) {
        List<byte[]> parts = new ArrayList<>();
        while (random.nextInt(3) == 0) {
            int guard = GUARDS[random.nextInt(GUARDS.length)];
            parts.add(Records.require(guard, Math.max(0, sequence - random.nextInt(50)), generator.key()));
        }
        if (random.nextInt(150) == 0) {
            parts.add(Records.clear());
        }
        for (int changes = 1 + random.nextInt(6); changes > 0; changes--) {
            parts.add(change(sequence, time, generator.key()));
        }
        boolean guarded = random.nextInt(10) == 0;
        return Records.batch(
                guarded ? RecordFlags.IF_SEQUENCE : 0,
                Math.max(0, sequence - random.nextInt(2)),
                parts.toArray(byte[][]::new));
    }
}
