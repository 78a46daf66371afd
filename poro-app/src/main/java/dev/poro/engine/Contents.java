package dev.poro.engine;

import dev.poro.statemachine.EntryDetails;
import dev.poro.statemachine.ScanPosition;
import dev.poro.statemachine.ScannedEntries;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/** Reads of a state machine, whose failures become exceptions of a store. Thread-safe; takes no lock. */
final class Contents {
    private static final int NONCE_SHIFT = ScanPosition.BITS;
    private static final int NONCE_BITS = Long.SIZE - 1 - NONCE_SHIFT;

    private final StateMachine stateMachine;
    private final Supplier<PoroException> closed;

    /** In every cursor: one of another process or of another opening means nothing here. */
    private final long nonce = ThreadLocalRandom.current().nextLong(1, 1L << NONCE_BITS) << NONCE_SHIFT;

    /** @param closed the exception for reads of a store that is closed */
    Contents(StateMachine stateMachine, Supplier<PoroException> closed) {
        this.stateMachine = stateMachine;
        this.closed = closed;
    }

    byte[] get(byte[] key) {
        Objects.requireNonNull(key, "key");
        try {
            return stateMachine.get(key);
        } catch (StateMachineException retired) {
            throw closed.get();
        }
    }

    int get(byte[] key, byte[] target, int offset) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(target, "target");
        try {
            return stateMachine.get(key, target, offset);
        } catch (StateMachineException retired) {
            throw closed.get();
        }
    }

    Entry entry(byte[] key) {
        Objects.requireNonNull(key, "key");
        EntryDetails details = new EntryDetails();
        try {
            byte[] value = stateMachine.get(key, details);
            Instant expiry = details.expires() ? Instant.ofEpochMilli(details.expiry()) : null;
            return value == null ? null : new Entry(value, details.sequence(), expiry);
        } catch (StateMachineException retired) {
            throw closed.get();
        }
    }

    /** Adds the entries of the next step; returns whether the position is not the end. */
    boolean scan(ScanPosition position, ScannedEntries entries) {
        try {
            return stateMachine.scan(position, entries);
        } catch (StateMachineException retired) {
            throw closed.get();
        }
    }

    /** See {@link Poro#scan(long, int)}. */
    ScanPage scan(long cursor, int about) {
        if (about < 1) {
            throw new IllegalArgumentException("a step of about " + about + " keys: 1 or more");
        }
        boolean isOurs = cursor > 0 && (cursor >>> NONCE_SHIFT << NONCE_SHIFT) == nonce;
        ScanPosition position = ScanPosition.of(isOurs ? cursor - nonce : 0);
        ScannedEntries entries = new ScannedEntries(0);
        boolean goesOn = true;
        while (goesOn && entries.count() < about) {
            goesOn = scan(position, entries);
        }
        List<byte[]> keys = new ArrayList<>(entries.count());
        for (int i = 0; i < entries.count(); i++) {
            keys.add(entries.key(i));
        }
        return new ScanPage(goesOn ? nonce + position.toLong() : 0, keys);
    }
}
