package dev.poro.statemachine;

import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The semantics of {@link StateMachine}, written for obviousness over a {@link HashMap}. */
public final class NaiveStateMachine implements StateMachineUnderTest {
    private final Map<ByteBuffer, Entry> entries = new HashMap<>();
    private long appliedSequence;
    private long budget;
    private boolean complete;

    @Override
    public Outcome apply(long sequence, RecordFlyweight record) {
        if (appliedSequence != 0 && sequence != appliedSequence + 1) {
            throw new StateMachineException("out of order");
        }
        complete |= sequence == 1;
        Outcome outcome = outcome(sequence, record);
        appliedSequence = sequence;
        return outcome;
    }

    private Outcome outcome(long sequence, RecordFlyweight record) {
        ByteBuffer key = ByteBuffer.wrap(record.key());
        switch (record.type()) {
            case SET:
                return set(key, new Entry(record.key(), record.value(), sequence));
            case DELETE:
                return entries.remove(key) == null ? Outcome.ABSENT : Outcome.DELETED;
            case MEMORY_BUDGET:
                budget = record.memoryBudget();
                return Outcome.ACCEPTED;
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                checkMark(record, sequence);
                return Outcome.ACCEPTED;
        }
        throw new AssertionError(record.type());
    }

    private Outcome set(ByteBuffer key, Entry entry) {
        Entry old = entries.get(key);
        long growth = entry.charge() - (old == null ? 0 : old.charge());
        if (growth > 0 && memoryUsed() + growth > budget) {
            return Outcome.OUT_OF_MEMORY;
        }
        entries.put(key, entry);
        return old == null ? Outcome.CREATED : Outcome.REPLACED;
    }

    private void checkMark(RecordFlyweight mark, long sequence) {
        boolean agrees =
                mark.markSequence() == sequence - 1 && mark.markDigest() == digest() && mark.markKeys() == keys();
        if (complete && !agrees) {
            throw new StateMachineException("mark");
        }
    }

    @Override
    public byte[] get(byte[] key) {
        Entry entry = entries.get(ByteBuffer.wrap(key));
        return entry == null ? null : entry.value.clone();
    }

    @Override
    public long keys() {
        return entries.size();
    }

    @Override
    public long digest() {
        return entries.values().stream()
                .mapToLong(entry -> digest(entry.key, entry.value))
                .sum();
    }

    /** As {@link EntryDigest} specifies it, over arrays. */
    static long digest(byte[] key, byte[] value) {
        byte[] payload = Arrays.copyOf(key, key.length + value.length);
        System.arraycopy(value, 0, payload, key.length, value.length);
        long lengths = (long) key.length * (1L << 32) + value.length;
        return mix(new WyHash(0).of(payload) ^ mix(lengths + 0x9e3779b97f4a7c15L));
    }

    private static long mix(long x) {
        x ^= x >>> 30;
        x *= 0xbf58476d1ce4e5b9L;
        x ^= x >>> 27;
        x *= 0x94d049bb133111ebL;
        x ^= x >>> 31;
        return x;
    }

    @Override
    public long appliedSequence() {
        return appliedSequence;
    }

    @Override
    public long memoryBudget() {
        return budget;
    }

    @Override
    public long memoryUsed() {
        return entries.values().stream().mapToLong(Entry::charge).sum();
    }

    @Override
    public void forEach(EntryVisitor visitor) {
        entries.values().forEach(entry -> visitor.visit(entry.key.clone(), entry.value.clone(), entry.sequence));
    }

    @Override
    public void close() {
        entries.clear();
    }

    private static final class Entry {
        private final byte[] key;
        private final byte[] value;
        private final long sequence;

        private Entry(byte[] key, byte[] value, long sequence) {
            this.key = key;
            this.value = value;
            this.sequence = sequence;
        }

        private long charge() {
            return EntryDescriptor.charge(key.length + value.length);
        }
    }
}
